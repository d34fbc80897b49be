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
	d := &doctorRun{command: c, runner: r, client: client, config: in.Config, api: platform.api, offline: *offline}
	d.run(ctx, from)
	if d.status == ExitSuccess {
		d.checkExport(in.ExportEnv)
		d.conclude()
	}
	r.printer.release()
	r.printer.block(d.block)
	return d.status
}

// doctorRun is one run of doctor. What is wrong is printed as it is found, before the lines that say what was looked at,
// and before the block to be copied.
type doctorRun struct {
	command *Command
	runner  *runner
	client  *action.Client
	config  action.Config
	api     *jfrog.Client
	offline bool
	status  int
	block   []string
}

func (d *doctorRun) say(format string, args ...any) {
	d.runner.printer.Info(fmt.Sprintf(format, args...))
}

func (d *doctorRun) fail(err error) { d.status = max(d.status, d.runner.printer.fail(err)) }

// problem is what no call has refused, and is wrong all the same.
func (d *doctorRun) problem(cause, fix string) {
	d.status = max(d.status, ExitFailure)
	d.runner.printer.print(ci.Failure, cause, "hint: "+fix)
}

func (d *doctorRun) conclude() {
	text := "nothing is wrong: a token was made to try it"
	if d.offline {
		text = "nothing is wrong as far as can be seen without making a token"
	}
	d.runner.printer.head(text)
}

// run looks whether the platform is there, tries the mint, and holds what came of it against the mappings and groups.
func (d *doctorRun) run(ctx context.Context, from mappingSource) {
	if !d.checkPlatform(ctx) {
		return
	}
	try := d.mint
	if d.offline {
		try = d.look
	}
	err := try(ctx)
	ctx, cancel := context.WithTimeoutCause(ctx, d.config.Timeout, fmt.Errorf("it took longer than %s (input timeout)", d.config.Timeout))
	defer cancel()
	d.plan()
	d.compare(ctx, from, err)
	d.groups(ctx, from)
}

// checkPlatform asks whether the platform answers at all, once: a mint would go on trying until its budget ends. A refusal may be
// about this one question only, so that it doesn't end the check; a sign-in page does.
func (d *doctorRun) checkPlatform(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, d.config.Timeout)
	defer cancel()
	err := d.api.Ping(ctx)
	failure, isAPI := errors.AsType[*action.APIError](err)
	switch {
	case err == nil:
		d.say("%s answers", d.config.URL)
	case isAPI && failure.Status/100 > 3:
		d.say("%v", err)
	default:
		d.fail(err)
		return false
	}
	return true
}

// mint makes a token as the job would, and revokes it.
func (d *doctorRun) mint(ctx context.Context) error {
	token, err := d.client.Mint(ctx, d.config)
	if err != nil {
		return err
	}
	report := d.client.Revoke(ctx, token.State())
	if report.Dead() || report.Outcome == action.NotRevocable {
		d.say("the token that was made to try it, %s: %s", token.ID, report)
		return nil
	}
	d.status = max(d.status, d.runner.printer.report(report, true))
	return nil
}

// look gets the ID token, or tries the creator's credentials on an endpoint that changes nothing.
func (d *doctorRun) look(ctx context.Context) error {
	if d.config.Credentials.Provider != "" {
		_, err := d.client.IDToken(ctx, d.config)
		return err
	}
	creator := jfrog.Credentials(creatorOf(d.config))
	version, err := d.api.Version(ctx, creator)
	if err != nil {
		return err
	}
	d.say("the platform accepts the credentials; it is Artifactory %s", version)
	request := jfrog.MintRequest{Reference: d.config.Reference, Scope: d.config.AskedScope()}
	for _, feature := range jfrog.UsedFeatures(request, creator) {
		if f := jfrog.Features()[feature]; jfrog.Older(version, f.Since) {
			d.fail(&action.TooOldError{Err: errors.New("it would be refused"), Version: version, Needs: f.Name + " needs " + f.Since, Instead: "don't ask for it"})
		}
	}
	if forced := jfrog.Features()[jfrog.ForceRevocable]; jfrog.Older(version, forced.Since) {
		d.say("the token could not be revoked if it lives under six hours: force-revocable needs %s", forced.Since)
	}
	if claims, err := jfrog.ReadClaims(creator.Token); err == nil {
		until := "never expires"
		if !claims.ExpiresAt.IsZero() {
			until = "valid until " + claims.ExpiresAt.Format(time.RFC3339)
		}
		d.say("the creator is user %q, scope %q, %s", claims.Username(), claims.Scope, until)
	}
	return nil
}

// compare holds the ID token against the mappings, and tells why there is no token. Where no mapping matched, the one that
// would is written.
func (d *doctorRun) compare(ctx context.Context, from mappingSource, err error) {
	set, reading := d.command.readMappings(ctx, d.api, from, d.config.Credentials.Provider)
	claims, _ := jfrog.ClaimSet(d.runner.idToken)
	refusal, cause, fix := refusedExchange(err), "", ""
	unmatched := refusal != nil && refusal.Status == http.StatusForbidden
	job := jobOf(claims, d.config)
	if set != nil && claims != nil {
		choice := mapping.Choose(set.Mappings, job)
		cause, fix = whyRefused(choice, *set, job)
		d.block = compareLines(choice)
	}
	switch {
	case unmatched && cause != "":
		refusal.Cause, refusal.Fix = cause, fix
		d.fail(err)
	case err != nil:
		d.fail(err)
	case d.offline && cause != "":
		unmatched = true
		d.problem(cause, fix)
	}
	if reading != nil {
		d.fail(reading)
	}
	if claims == nil {
		return
	}
	strict, err := strictFor(claims, nil, d.config)
	d.block = append(sentLines(claims, strict, d.config, len(claims)), d.block...)
	if err == nil && unmatched {
		if set != nil {
			strict.Rename(set.Mappings)
		}
		if named := d.config.IdentityMapping; named != "" && strict.Name != named {
			d.block = append(d.block, fmt.Sprintf("JFrog has a mapping %q, which other jobs may use: create this one, and set identity-mapping-name to %s", redact.Text(named, 200), redact.Text(strict.Name, 200)))
		}
		d.block = append(d.block, "this identity mapping matches this job and few others; as JFrog's JSON, as curl (with an administrator's token in "+
			mapping.TokenVariable+"), and as Terraform:", "")
		d.block = append(d.block, strings.Split(strings.Join(forms(strict, d.config.URL), "\n\n"), "\n")...)
	}
}

// groups looks the groups up that were asked for, with credentials that may.
func (d *doctorRun) groups(ctx context.Context, from mappingSource) {
	credentials := jfrog.Credentials(creatorOf(d.config))
	if from.tokenVariable != "" {
		credentials = jfrog.Credentials{Token: from.token(d.command.getenv)}
	}
	if len(d.config.Groups) == 0 || credentials == (jfrog.Credentials{}) || d.status != ExitSuccess {
		return
	}
	missing, err := missingGroups(ctx, d.api, credentials, d.config.Groups)
	if err != nil {
		d.say("the groups can't be looked up: %v", err)
		return
	}
	for _, group := range missing {
		d.problem(group.cause(), group.fix())
	}
}

// plan says what is asked for.
func (d *doctorRun) plan() {
	c := d.config
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
	d.say("asked for: %s; user %s; expiry %s", scope, cmp.Or(c.Username, "of the creator"), expiry)
}

// checkExport says what frogmint mint would refuse here; frogmint exec, which hands nothing to later steps, may be all that
// is wanted, so that it isn't an error.
func (d *doctorRun) checkExport(env bool) {
	if d.runner.system.Export == nil {
		d.say("%s", d.runner.system.NoExport)
	} else if err := d.runner.checkExport(env); err != nil {
		d.runner.printer.printError(ci.Warning, fmt.Errorf("frogmint mint can't hand the token to later steps: %w", err))
	}
}
