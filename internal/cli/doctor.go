package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/mapping"
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

func doctorInputs() []string { return allInputs("revoke", "on-revoke-failure", "diagnose", "login") }

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
	in, err := inputs.Load(ctx, inputs.CommandSources(flags.values, c.LookupEnv))
	if err != nil {
		return r.printer.fail(err)
	}
	in.Config.NoRevoke, in.Config.FailOnRevoke = false, true
	client, err := c.client(r, &in)
	if err != nil {
		return r.printer.fail(err)
	}
	defer r.host.HTTP.Close()
	e := &examination{command: c, runner: r, client: client, config: in.Config}
	if !*offline {
		e.tryMint(ctx)
	}
	e.look(ctx, from, *offline)
	if e.status == ExitSuccess && e.checkExport(in.ExportEnv) {
		r.printer.Info(cmp.Or(map[bool]string{true: "nothing is wrong as far as can be seen without making a token"}[*offline], "nothing is wrong"))
	}
	return e.status
}

// examination is one run of doctor.
type examination struct {
	command *Command
	runner  *runner
	client  *action.Client
	config  action.Config
	api     *jfrog.Client
	status  int
}

func (e *examination) say(format string, args ...any) {
	e.runner.printer.Info(fmt.Sprintf(format, args...))
}

// fail tells a problem: its cause first, then the fix, then the other side's own words.
func (e *examination) fail(err error) {
	var refusal *action.APIError
	var alive *action.LeftAliveError
	e.status = max(e.status, exitStatus(err))
	if !errors.As(err, &refusal) || refusal.Cause == "" || errors.As(err, &alive) {
		e.runner.printer.printError(ci.Failure, err)
		return
	}
	e.runner.printer.print(ci.Failure, refusal.Cause, "hint: "+refusal.Fix)
	e.say("the answer was: %v", err)
}

// tryMint mints as the job would, and revokes the token.
func (e *examination) tryMint(ctx context.Context) {
	token, err := e.client.Mint(ctx, e.config)
	if err != nil {
		e.fail(err)
		return
	}
	report := e.client.Revoke(ctx, token.State())
	if report.Dead() || report.Outcome == action.NotRevocable {
		e.say("the token that was made to try it, %s: %s", token.ID, report)
		return
	}
	e.status = max(e.status, e.runner.printer.report(report, true))
}

// look says what there is: the platform, the ID token or the credentials, the mappings, the groups, and what would be asked
// for.
func (e *examination) look(ctx context.Context, from mappingSource, offline bool) {
	ctx, cancel := context.WithTimeoutCause(ctx, e.config.Timeout, fmt.Errorf("it took longer than %s (input timeout)", e.config.Timeout))
	defer cancel()
	client, err := e.command.platform(e.config)
	if err != nil {
		e.fail(err)
		return
	}
	defer client.http.Close()
	e.api = client.api
	if err := e.api.Ping(ctx); err != nil && (offline || e.status == ExitSuccess) {
		e.fail(err)
	} else if err == nil {
		e.say("%s answers", e.config.URL)
	}
	if e.config.Credentials.Provider != "" {
		e.exchangeOf(ctx, from, offline)
	} else {
		e.credentials(ctx, offline)
	}
	e.groups(ctx, from)
	e.plan()
}

// exchangeOf shows what the exchange sends, compares it with the mappings, and writes the mapping that would match.
func (e *examination) exchangeOf(ctx context.Context, from mappingSource, offline bool) {
	if offline {
		if _, err := e.client.IDToken(ctx, e.config); err != nil {
			e.fail(err)
		}
	}
	set, err := e.command.readMappings(ctx, e.api, from, e.config.Credentials.Provider)
	if err != nil {
		e.fail(err)
	}
	claims, err := jfrog.ClaimSet(e.runner.idToken)
	if err != nil {
		return
	}
	e.runner.printer.block(compareExchange(claims, e.config, set))
	if strict, err := strictFor(claims, nil, e.config); err == nil && e.status != ExitSuccess {
		e.say("this identity mapping would match this job and no other; as JFrog's JSON, as curl (with an administrator's token in %s), and as Terraform:", mapping.TokenVariable)
		e.runner.printer.block(strings.Split(strings.TrimSpace(strict.JSON())+"\n\n"+strings.TrimSpace(strict.Curl(e.config.URL))+"\n\n"+strings.TrimSpace(strict.Terraform()), "\n"))
	}
}

// credentials tries the creator's credentials on an endpoint that changes nothing.
func (e *examination) credentials(ctx context.Context, offline bool) {
	given := e.config.Credentials
	creator := jfrog.Credentials{Token: given.Token, User: given.User, Password: given.Password}
	version, err := e.api.Version(ctx, creator)
	if err != nil {
		if offline || e.status == ExitSuccess {
			e.fail(err)
		}
		return
	}
	e.say("the platform accepts the credentials; it is Artifactory %s", version)
	request := jfrog.MintRequest{Reference: e.config.Reference, Scope: e.config.AskedScope()}
	for _, feature := range jfrog.UsedFeatures(request, creator) {
		if f := jfrog.Features()[feature]; offline && jfrog.Older(version, f.Since) {
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
}

// groups looks the groups up that were asked for, with credentials that may. JFrog makes a token for a group that doesn't
// exist, and such a token can do nothing.
func (e *examination) groups(ctx context.Context, from mappingSource) {
	credentials := jfrog.Credentials{Token: newSecret(e.command.getenv(from.tokenVariable))}
	if from.tokenVariable == "" {
		credentials = jfrog.Credentials{Token: e.config.Credentials.Token, User: e.config.Credentials.User, Password: e.config.Credentials.Password}
	}
	if len(e.config.Groups) == 0 || credentials == (jfrog.Credentials{}) {
		return
	}
	known, err := e.api.Groups(ctx, credentials)
	if err != nil {
		e.say("the groups can't be looked up: %v", err)
		return
	}
	for _, group := range e.config.Groups {
		if slices.Contains(known, group) {
			continue
		}
		e.status = max(e.status, ExitFailure)
		hint := "check the name in JFrog (Administration, User Management, Groups)"
		if near := nearest(group, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		e.runner.printer.print(ci.Failure, fmt.Sprintf("group %q doesn't exist: JFrog makes the token all the same, and it can do nothing", group), "hint: "+hint)
	}
}

// plan says what would be asked for.
func (e *examination) plan() {
	c := e.config
	scope, user := c.AskedScope(), c.Username
	if scope == "" {
		scope = "the creator's own permissions (no groups, scope or grant-admin was set)"
	}
	e.say("asked for: %s; user %s; expiry %s", scope, cmp.Or(user, "of the creator"), expiryText(c.Expiry))
}

func expiryText(expiry time.Duration) string {
	switch expiry {
	case 0:
		return action.DefaultExpiry.String()
	case action.NeverExpires:
		return "never"
	case action.PlatformExpiry:
		return "as the platform says"
	}
	return expiry.String()
}

// checkExport says what frogmint mint would refuse here; frogmint exec, which hands nothing to later steps, may be all that
// is wanted, so that it isn't an error.
func (e *examination) checkExport(env bool) bool {
	if e.runner.system.Export == nil {
		e.say("%s", e.runner.system.NoExport)
		return true
	}
	if err := e.runner.checkExport(env); err != nil {
		e.runner.printer.printError(ci.Warning, fmt.Errorf("frogmint mint can't hand the token to later steps: %w", err))
		return false
	}
	return true
}

// platformClient is a way to JFrog for what the library doesn't offer.
type platformClient struct {
	api  *jfrog.Client
	http *httpapi.Client
}

func (c *Command) platform(config action.Config) (platformClient, error) {
	base, err := url.Parse(config.URL)
	if err != nil {
		return platformClient{}, err
	}
	platform := jfrog.Platform{URL: base}
	if config.ArtifactoryURL != "" {
		if platform.Artifactory, err = url.Parse(config.ArtifactoryURL); err != nil {
			return platformClient{}, err
		}
	}
	client, err := httpapi.NewClient(httpapi.Options{
		Proxy: c.proxy, RootsPEM: config.RootsPEM, ClientCertPEM: config.ClientCertPEM, ClientKeyPEM: config.ClientKeyPEM, DialContext: c.DialContext,
	})
	if err != nil {
		return platformClient{}, err
	}
	return platformClient{jfrog.New(platform, client, "frogmint/"+Version()), client}, nil
}

// mappingSource says where identity mappings are read: from JFrog with an administrator's token, or from a file. The zero
// value is nowhere.
type mappingSource struct{ tokenVariable, file string }

// readMappings reads the mappings of a provider; nil where no source is named.
func (c *Command) readMappings(ctx context.Context, api *jfrog.Client, from mappingSource, provider string) (*mapping.Set, error) {
	var text []byte
	var err error
	switch {
	case from.file != "":
		text, err = httpapi.ReadFile(ctx, from.file, mapping.MaxFile, "file")
	case from.tokenVariable != "":
		token := newSecret(strings.TrimSpace(c.getenv(from.tokenVariable)))
		if token.IsZero() {
			return nil, &action.ConfigError{Field: "--admin-token-env " + variableName(from.tokenVariable), Reason: "there is no token", Fix: "put an administrator's token into this variable"}
		}
		text, err = api.Integration(ctx, jfrog.Credentials{Token: token}, provider)
	default:
		return nil, nil
	}
	if errors.Is(err, os.ErrNotExist) || err != nil && from.file != "" {
		return nil, &action.ConfigError{Field: "--mappings", Reason: err.Error(), Fix: "give a file with JFrog's JSON, or with what terraform show -json prints"}
	}
	if err != nil {
		return nil, err
	}
	set, err := mapping.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading the identity mappings: %v", err)
	}
	return &set, nil
}

// nearest is the known name that differs least, by a third of its letters at the most; empty for none.
func nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	for _, other := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(other)); d <= least && (best == "" || d < least) {
			best, least = other, d
		}
	}
	return best
}

// distance is the number of letters to change, add or drop (Levenshtein's).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
