package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/jfrog"
)

func doctorHelp() string {
	return `Usage:
    frogmint doctor [flags]

Says where it runs, what would happen and what is wrong, and mints nothing. Exit status: 0 when nothing is wrong.

Example:
    $ frogmint doctor --url https://acme.jfrog.io --oidc-provider-name github
` + inputsHelp(allInputs())
}

// doctor looks at everything that a mint would use, and changes nothing, but that a file of the CI that isn't there yet
// may be made, empty.
func (c *Command) doctor(ctx context.Context, args []string) int {
	flags := newFlags("doctor", doctorHelp(), allInputs())
	if status, done := c.parseAlone(ctx, flags, args); done {
		return status
	}
	system, status, ok := c.detect(ctx)
	if !ok {
		return status
	}
	r := c.newRunner(ctx, system)
	r.printer.Info(fmt.Sprintf("frogmint %s, in %s", Version(), system.Name))
	in, err := inputs.Load(ctx, inputs.CommandSources(flags.values, c.LookupEnv))
	if err != nil {
		return r.printer.fail(err)
	}
	client, err := c.client(r, &in)
	if err != nil {
		return r.printer.fail(err)
	}
	defer r.host.HTTP.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, in.Config.Timeout, fmt.Errorf("it took longer than %s (input timeout)", in.Config.Timeout))
	defer cancel()
	d := &diagnosis{runner: r, client: client, config: in.Config, command: c}
	d.run(ctx)
	if d.status == ExitSuccess && d.checkExport(in.ExportEnv) {
		r.printer.Info("nothing is wrong as far as can be seen without making a token")
	}
	return d.status
}

// diagnosis is one run of doctor.
type diagnosis struct {
	runner  *runner
	client  *action.Client
	config  action.Config
	command *Command
	api     *jfrog.Client
	status  int
}

func (d *diagnosis) found(format string, args ...any) {
	d.runner.printer.Info(fmt.Sprintf(format, args...))
}

func (d *diagnosis) fail(err error) { d.status = max(d.status, d.runner.printer.fail(err)) }

func (d *diagnosis) run(ctx context.Context) {
	base, err := url.Parse(d.config.URL)
	if err != nil {
		d.fail(err)
		return
	}
	options := httpapi.Options{
		Proxy: d.command.proxy, RootsPEM: d.config.RootsPEM, ClientCertPEM: d.config.ClientCertPEM, ClientKeyPEM: d.config.ClientKeyPEM,
		DialContext: d.command.DialContext, Verify: httpapi.SystemVerifier(d.command.getenv),
	}
	client, err := httpapi.NewClient(options)
	if err != nil {
		d.fail(err)
		return
	}
	defer client.Close()
	d.api = jfrog.New(jfrog.Platform{URL: base}, client, d.client.UserAgent)
	if err := d.api.Ping(ctx); err != nil {
		d.fail(err)
	} else {
		d.found("%s answers", d.config.URL)
	}
	if d.config.Credentials.Provider != "" {
		d.idToken(ctx)
	} else {
		d.credentials(ctx)
	}
	d.plan()
}

// idToken gets the ID token that the exchange would send, and shows what an identity mapping can be compared with.
func (d *diagnosis) idToken(ctx context.Context) {
	token, err := d.client.IDToken(ctx, d.config)
	if err != nil {
		d.fail(err)
	}
	if token.IsZero() {
		return
	}
	lines, err := jfrog.ClaimLines(token)
	if err != nil {
		d.fail(err)
		return
	}
	d.found("the job's ID token has these claims, for the identity mapping in JFrog to match:")
	for _, line := range lines {
		d.found("claim %s", line)
	}
	if claims, err := jfrog.ReadClaims(token); err == nil && strings.HasSuffix(claims.Issuer, "/") {
		d.found("the issuer ends in a slash: the integration's provider URL must do so, too")
	}
}

// credentials tries the creator's credentials on an endpoint that changes nothing.
func (d *diagnosis) credentials(ctx context.Context) {
	given := d.config.Credentials
	creator := jfrog.Credentials{Token: given.Token, User: given.User, Password: given.Password}
	version, err := d.api.Version(ctx, creator)
	if err != nil {
		d.fail(err)
		return
	}
	d.found("the platform accepts the credentials; it is Artifactory %s", version)
	request := jfrog.MintRequest{Reference: d.config.Reference, Scope: d.config.AskedScope()}
	for _, feature := range jfrog.UsedFeatures(request, creator) {
		if f := jfrog.Features()[feature]; jfrog.Older(version, f.Since) {
			d.fail(&action.TooOldError{Err: errors.New("it would be refused"), Version: version, Needs: f.Name + " needs " + f.Since, Instead: "don't ask for it"})
		}
	}
	if forced := jfrog.Features()[jfrog.ForceRevocable]; jfrog.Older(version, forced.Since) {
		d.found("the token could not be revoked if it lives under six hours: force-revocable needs %s", forced.Since)
	}
	if claims, err := jfrog.ReadClaims(creator.Token); err == nil {
		until := "never expires"
		if !claims.ExpiresAt.IsZero() {
			until = "valid until " + claims.ExpiresAt.Format(time.RFC3339)
		}
		d.found("the creator is user %q, scope %q, %s", claims.Username(), claims.Scope, until)
	}
}

// plan says what would be asked for.
func (d *diagnosis) plan() {
	c := d.config
	switch {
	case c.Credentials.Provider != "" && c.Mint == action.MintNever:
		d.found("would exchange the ID token with provider %q and use what comes back as it is", c.Credentials.Provider)
		return
	case c.Credentials.Provider != "" && c.Mint == action.MintAuto:
		d.found("would exchange the ID token with provider %q, and mint from it if that gives something else than is asked for, or if only a minted token can be revoked", c.Credentials.Provider)
	case c.Credentials.Provider != "":
		d.found("would exchange the ID token with provider %q, and mint from it", c.Credentials.Provider)
	}
	scope, user := c.AskedScope(), c.Username
	if scope == "" {
		scope = "the creator's own permissions (no groups, scope or grant-admin was set)"
	}
	if user == "" {
		user = "of the creator"
	}
	d.found("would ask for: %s; user %s; expiry %s", scope, user, expiryText(c.Expiry))
	if c.NoRevoke {
		d.found("nothing would revoke the token: revoke is false")
	}
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
func (d *diagnosis) checkExport(env bool) bool {
	if d.runner.system.Export == nil {
		d.found("%s", d.runner.system.NoExport)
		return true
	}
	if err := d.runner.checkExport(env); err != nil {
		d.runner.printer.printError(ci.Warning, fmt.Errorf("frogmint mint can't hand the token to later steps: %w", err))
		return false
	}
	return true
}
