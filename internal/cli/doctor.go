package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/redact"
)

func doctorHelp() string {
	return `Usage:
    frogmint doctor [flags]

Tries whether a mint works here: it exchanges and mints as frogmint mint would, and revokes what it made. Where it doesn't
work, the first line says why and the second what to do. Exit status: 0 when nothing is wrong.

    --offline                  exchange and mint nothing: only look
    --admin-token-env NAME     the variable with an administrator's token, to read the identity mappings and the groups with
    --mappings FILE            identity mappings to compare with: JFrog's JSON, or what terraform show -json prints

Example:
    $ frogmint doctor --url https://acme.jfrog.io --oidc-provider-name github
` + inputsHelp(doctorInputs())
}

func doctorInputs() []string { return allInputs("revoke", "on-revoke-failure", "diagnose") }

// doctor tries a mint and looks at everything around it.
func (c *Command) doctor(ctx context.Context, args []string) int {
	flags := newFlags("doctor", doctorHelp(), doctorInputs())
	var from mappingSource
	offline := flags.Bool("offline", false, "")
	flags.StringVar(&from.tokenVariable, "admin-token-env", "", "")
	flags.StringVar(&from.file, "mappings", "", "")
	if status, done := c.parseAlone(ctx, flags, args); done {
		return status
	}
	system, status, ok := c.detect(ctx)
	if !ok {
		return status
	}
	r := c.newRunner(ctx, system)
	r.printer.secrets.Add(from.token(c.getenv))
	r.printer.hold()
	defer r.printer.release()
	in, err := inputs.Load(ctx, inputs.CommandSources(flags.values, c.LookupEnv))
	if err == nil && in.Login != "" {
		_, err = c.planLogin(in, true)
	}
	if err != nil {
		return r.printer.fail(err)
	}
	in.Config.NoRevoke, in.Config.FailOnRevoke = false, true
	client, err := c.client(r, &in)
	if err != nil {
		return r.printer.fail(err)
	}
	defer r.host.HTTP.Close()
	platform, err := c.platform(in.Config)
	if err != nil {
		return r.printer.fail(err)
	}
	defer platform.http.Close()
	e := &examination{command: c, runner: r, client: client, config: in.Config, api: platform.api, offline: *offline}
	e.run(ctx, from)
	if e.status == ExitSuccess {
		e.checkExport(in.ExportEnv)
		e.conclude()
	}
	r.printer.release()
	r.printer.block(e.block)
	return e.status
}

// examination is one run of doctor. What is wrong is printed as it is found, before the lines that say what was looked at,
// and before the block to be copied.
type examination struct {
	command *Command
	runner  *runner
	client  *action.Client
	config  action.Config
	api     *jfrog.Client
	offline bool
	status  int
	block   []string
}

func (e *examination) say(format string, args ...any) {
	e.runner.printer.Info(fmt.Sprintf(format, args...))
}

func (e *examination) fail(err error) { e.status = max(e.status, e.runner.printer.fail(err)) }

// problem is what no call has refused, and is wrong all the same.
func (e *examination) problem(cause, fix string) {
	e.status = max(e.status, ExitFailure)
	e.runner.printer.print(ci.Failure, cause, "hint: "+fix)
}

func (e *examination) conclude() {
	text := "nothing is wrong: a token was made to try it"
	if e.offline {
		text = "nothing is wrong as far as can be seen without making a token"
	}
	e.runner.printer.head(text)
}

// run looks whether the platform is there, tries the mint, and holds what came of it against the mappings and groups.
func (e *examination) run(ctx context.Context, from mappingSource) {
	if !e.reach(ctx) {
		return
	}
	try := e.mint
	if e.offline {
		try = e.look
	}
	err := try(ctx)
	ctx, cancel := context.WithTimeoutCause(ctx, e.config.Timeout, fmt.Errorf("it took longer than %s (input timeout)", e.config.Timeout))
	defer cancel()
	e.plan()
	e.compare(ctx, from, err)
	e.groups(ctx, from)
}

// reach asks whether the platform answers at all, once: a mint would go on trying until its budget ends. A refusal may be
// about this one question only, so that it doesn't end the examination; a sign-in page does.
func (e *examination) reach(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, e.config.Timeout)
	defer cancel()
	err := e.api.Ping(ctx)
	var failure *action.APIError
	switch {
	case err == nil:
		e.say("%s answers", e.config.URL)
	case errors.As(err, &failure) && failure.Status/100 > 3:
		e.say("%v", err)
	default:
		e.fail(err)
		return false
	}
	return true
}

// mint makes a token as the job would, and revokes it.
func (e *examination) mint(ctx context.Context) error {
	token, err := e.client.Mint(ctx, e.config)
	if err != nil {
		return err
	}
	report := e.client.Revoke(ctx, token.State())
	if report.Dead() || report.Outcome == action.NotRevocable {
		e.say("the token that was made to try it, %s: %s", token.ID, report)
		return nil
	}
	e.status = max(e.status, e.runner.printer.report(report, true))
	return nil
}

// look gets the ID token, or tries the creator's credentials on an endpoint that changes nothing.
func (e *examination) look(ctx context.Context) error {
	if e.config.Credentials.Provider != "" {
		_, err := e.client.IDToken(ctx, e.config)
		return err
	}
	creator := jfrog.Credentials(creatorOf(e.config))
	version, err := e.api.Version(ctx, creator)
	if err != nil {
		return err
	}
	e.say("the platform accepts the credentials; it is Artifactory %s", version)
	request := jfrog.MintRequest{Reference: e.config.Reference, Scope: e.config.AskedScope()}
	for _, feature := range jfrog.UsedFeatures(request, creator) {
		if f := jfrog.Features()[feature]; jfrog.Older(version, f.Since) {
			e.fail(&action.TooOldError{Err: errors.New("it would be refused"), Version: version, Needs: f.Name + " needs " + f.Since, Instead: "don't ask for it"})
		}
	}
	if forced := jfrog.Features()[jfrog.ForceRevocable]; jfrog.Older(version, forced.Since) {
		e.say("the token could not be revoked if it lives under six hours: force-revocable needs %s", forced.Since)
	}
	if claims, err := jfrog.ReadClaims(creator.Token); err == nil {
		until := "never expires"
		if !claims.ExpiresAt.IsZero() {
			until = "valid until " + claims.ExpiresAt.Format(time.RFC3339)
		}
		e.say("the creator is user %q, scope %q, %s", claims.Username(), claims.Scope, until)
	}
	return nil
}

// compare holds the ID token against the mappings, and tells why there is no token. Where no mapping matched, the one that
// would is written.
func (e *examination) compare(ctx context.Context, from mappingSource, err error) {
	set, reading := e.command.readMappings(ctx, e.api, from, e.config.Credentials.Provider)
	claims, _ := jfrog.ClaimSet(e.runner.idToken)
	refusal, cause, fix := refusedExchange(err), "", ""
	unmatched := refusal != nil && refusal.Status == http.StatusForbidden
	job := jobOf(claims, e.config)
	if set != nil && claims != nil {
		choice := mapping.Choose(set.Mappings, job)
		cause, fix = whyRefused(choice, *set, job)
		e.block = compareLines(choice)
	}
	switch {
	case unmatched && cause != "":
		refusal.Cause, refusal.Fix = cause, fix
		e.fail(err)
	case err != nil:
		e.fail(err)
	case e.offline && cause != "":
		unmatched = true
		e.problem(cause, fix)
	}
	if reading != nil {
		e.fail(reading)
	}
	if claims == nil {
		return
	}
	strict, err := strictFor(claims, nil, e.config)
	e.block = append(sentLines(claims, strict, e.config, len(claims)), e.block...)
	if err == nil && unmatched {
		if set != nil {
			strict.Rename(set.Mappings)
		}
		if named := e.config.IdentityMapping; named != "" && strict.Name != named {
			e.block = append(e.block, fmt.Sprintf("JFrog has a mapping %q, which other jobs may use: create this one, and set identity-mapping-name to %s", redact.Text(named, 200), redact.Text(strict.Name, 200)))
		}
		e.block = append(e.block, "this identity mapping matches this job and few others; as JFrog's JSON, as curl (with an administrator's token in "+
			mapping.TokenVariable+"), and as Terraform:", "")
		e.block = append(e.block, strings.Split(strings.Join(forms(strict, e.config.URL), "\n\n"), "\n")...)
	}
}

// groups looks the groups up that were asked for, with credentials that may.
func (e *examination) groups(ctx context.Context, from mappingSource) {
	credentials := jfrog.Credentials(creatorOf(e.config))
	if from.tokenVariable != "" {
		credentials = jfrog.Credentials{Token: from.token(e.command.getenv)}
	}
	if len(e.config.Groups) == 0 || credentials == (jfrog.Credentials{}) || e.status != ExitSuccess {
		return
	}
	missing, err := missingGroups(ctx, e.api, credentials, e.config.Groups)
	if err != nil {
		e.say("the groups can't be looked up: %v", err)
		return
	}
	for _, group := range missing {
		e.problem(group.cause(), group.fix())
	}
}

// plan says what is asked for.
func (e *examination) plan() {
	c := e.config
	scope := cmp.Or(c.AskedScope(), "the creator's own permissions (no groups, scope or grant-admin was set)")
	expiry := c.Expiry.String()
	switch c.Expiry {
	case 0:
		expiry = action.DefaultExpiry.String()
	case action.NeverExpires:
		expiry = "never"
	case action.PlatformExpiry:
		expiry = "as the platform says"
	}
	e.say("asked for: %s; user %s; expiry %s", scope, cmp.Or(c.Username, "of the creator"), expiry)
}

// checkExport says what frogmint mint would refuse here; frogmint exec, which hands nothing to later steps, may be all that
// is wanted, so that it isn't an error.
func (e *examination) checkExport(env bool) {
	if e.runner.system.Export == nil {
		e.say("%s", e.runner.system.NoExport)
	} else if err := e.runner.checkExport(env); err != nil {
		e.runner.printer.printError(ci.Warning, fmt.Errorf("frogmint mint can't hand the token to later steps: %w", err))
	}
}
