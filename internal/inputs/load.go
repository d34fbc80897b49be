package inputs

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// Inputs is what a user asked for.
type Inputs struct {
	Config     action.Config // IDToken is nil where the CI is to be asked
	ExportEnv  bool
	JobSummary bool
	Diagnose   bool
	Login      string   // as the user wrote it
	Notes      []string // lines for the log that say what was chosen; they hold no secret
}

// Load reads the inputs and the files that they name. The error joins every *action.ConfigError, in the order of List. It
// names inputs as the user wrote them, and never holds a secret.
func Load(ctx context.Context, from Sources) (Inputs, error) {
	l := &loader{from: from, problems: map[string][]error{}}
	l.chooseCredentials()
	l.decode(ctx)
	config := l.settings.config()
	config.IDToken = l.pushedIDToken()
	l.takeCredentials(ctx, &config)
	l.checkPlatform(config)
	l.checkCombinations(config)
	if err := l.err(); err != nil {
		return Inputs{}, err
	}
	s := &l.settings
	if s.CACert.set {
		l.notes = append(l.notes, "CA certificates besides the system's: "+l.from.nameOf("ca-cert"))
	}
	return Inputs{config, s.ExportEnv.is, s.JobSummary.is, s.Diagnose.is, s.Login, l.notes}, nil
}

// LoadState reads what it takes to revoke a token that another process minted, by the inputs that RevokeInputs names. Unlike
// elsewhere, a token that lives on is a failure unless on-revoke-failure says warn: to revoke it was all that was asked.
//
// What the token says of itself is taken unverified, for the report; a reference token says nothing. The error is like that
// of Load.
func LoadState(ctx context.Context, from Sources, token action.Secret) (action.State, error) {
	from.hides = func(name string, _ int) bool { return !slices.Contains(RevokeInputs(), name) }
	l := &loader{from: from, problems: map[string][]error{}}
	l.decode(ctx)
	config := l.settings.config()
	l.checkPlatform(config)
	_, l.credentials.at = from.find("url")
	l.checkDestination(config, config.URL, "")
	l.checkWhole(token)
	if err := l.err(); err != nil {
		return action.State{}, err
	}
	state := action.NewState(config.URL, token)
	state.ArtifactoryURL = config.ArtifactoryURL
	state.FailOnRevoke = config.FailOnRevoke || from.Text("on-revoke-failure") == ""
	state.TimeoutSeconds = int64(config.Timeout / time.Second)
	state.RootsPEM, state.ClientCertPEM = string(config.RootsPEM), string(config.ClientCertPEM)
	state.ClientKeyPEM.Secret = action.NewSecret(string(config.ClientKeyPEM))
	return state, nil
}

// checkWhole refuses what can't be a token: JFrog answers it like a token that was revoked, and the real one would live on.
func (l *loader) checkWhole(token action.Secret) {
	_, err := jfrog.ReadClaims(token)
	if reference, _ := base64.StdEncoding.DecodeString(token.Reveal()); err != nil && !bytes.HasPrefix(reference, []byte("reftkn:")) {
		l.failAs("token", "", invalid("hand over one token, whole and without quotes", "it is neither an access token nor a reference token of JFrog"))
	}
}

// config is what the inputs say one by one. Credentials and what depends on them come later.
func (s *settings) config() action.Config {
	config := action.Config{
		URL: s.URL.is, ArtifactoryURL: s.ArtifactoryURL.is, AllowHTTP: s.AllowHTTP.is,
		IDTokenAudience: s.OIDCAudience, ProviderType: s.OIDCProviderType, IdentityMapping: s.IdentityMapping, ApplicationKey: s.ApplicationKey,
		Username: strings.ToLower(s.Username), Groups: s.Groups.is, Scope: s.Scope.is, GrantAdmin: s.GrantAdmin.is, Project: s.Project,
		Expiry: s.Expiry.is, Refreshable: s.Refreshable.is, Reference: s.Reference.is, Description: s.Description, Audience: s.Audience,
		API: s.API, Mint: s.Mint, AllowBroaderScope: s.AllowBroaderScope.is, NoRevoke: !s.Revoke.is, FailOnRevoke: s.OnRevokeFailure == "fail",
		RootsPEM: s.CACert.is, ClientCertPEM: s.ClientCert.is, ClientKeyPEM: s.ClientKey.is, Timeout: s.Timeout.is,
	}
	if s.ForceRevocable.set {
		config.ForceRevocable = &s.ForceRevocable.is
	}
	return config
}

// loader reads the inputs once, and collects what is wrong on the way.
type loader struct {
	from        Sources
	settings    settings
	credentials credentials
	problems    map[string][]error // by input
	notes       []string
}

var _ envconfig.Lookuper = (*loader)(nil)

// Lookup serves go-envconfig.
func (l *loader) Lookup(key string) (string, bool) {
	text, at := l.from.find(inputName(key))
	return text, at >= 0
}

// decode fills the settings and collects the problems of their values.
func (l *loader) decode(ctx context.Context) {
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &l.settings, Lookuper: l}); err != nil {
		l.failAs("inputs", "", invalid("report it as a bug of frogmint", "a tag can't be used: %v", err))
	}
	fields := reflect.ValueOf(&l.settings).Elem()
	for i, input := range l.from.inputs {
		var problem *problem
		if field := fields.Field(i); field.Kind() == reflect.String {
			problem = checkText(field.String(), fields.Type().Field(i).Tag)
		} else if parsed, ok := field.Addr().Interface().(checker); ok {
			problem = parsed.check()
		}
		if problem != nil {
			l.failAs(l.from.nameOf(input.Name), input.Name, problem)
		}
	}
}

// fail collects a problem with an input.
func (l *loader) fail(name, reason, fix string) {
	l.failAs(l.from.nameOf(name), name, &problem{Reason: reason, Fix: fix})
}

// failAs collects a problem under another name. It stands where that of the input would, or last for no input.
func (l *loader) failAs(field, name string, problem *problem) {
	problem.Field = field
	l.problems[name] = append(l.problems[name], problem)
}

// err joins the problems in the order of the list.
func (l *loader) err() error {
	var problems []error
	for _, input := range l.from.inputs {
		problems = append(problems, l.problems[input.Name]...)
	}
	return errors.Join(append(problems, l.problems[""]...)...)
}
