package action

import (
	"context"
	"crypto/x509"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// reader turns texts into a Config and collects what is wrong on the way.
type reader struct {
	from     sources
	lookup   func(string) (string, bool)
	problems []error
}

func (r *reader) wrong(input, what, do string) {
	_, spelled, _ := r.from.find(input)
	r.problems = append(r.problems, &InputError{Input: spelled, What: what, Do: do})
}

func (r *reader) config(ctx context.Context, text raw) Config {
	config := Config{
		URL:             r.url(text.URL, r.truth("allow-http", text.AllowHTTP)),
		IDTokenAudience: r.plain("oidc-audience", text.OIDCAudience, 1024),
		ProviderType:    r.oneOf("oidc-provider-type", text.OIDCProviderType, "", "GitHub", "Azure", "GenericOidc"),
		IdentityMapping: r.plain("identity-mapping-name", text.IdentityMapping, 255),
		IDToken:         r.pushedIDToken(text),
		Username:        strings.ToLower(r.plain("username", text.Username, 255)),
		Groups:          r.groups(text.Groups),
		Scope:           r.scope(text.Scope),
		GrantAdmin:      r.truth("grant-admin", text.GrantAdmin),
		Project:         r.plain("project", text.Project, 32),
		Expiry:          r.expiry(text.Expiry),
		ExpiryAsked:     text.Expiry != "",
		Refreshable:     r.truth("refreshable", text.Refreshable),
		Reference:       r.truth("reference", text.Reference),
		Description:     r.plain("description", text.Description, maxDescription),
		Audience:        r.plain("audience", text.Audience, 255),

		API:               API(r.oneOf("api", text.API, "auto", "access", "legacy")),
		Mint:              MintMode(r.oneOf("mint", text.Mint, "auto", "always", "never")),
		ForceRevocable:    r.truth("force-revocable", text.ForceRevocable),
		AllowBroaderScope: r.truth("allow-broader-scope", text.AllowBroaderScope),
		Revoke:            r.truth("revoke", text.Revoke),
		FailOnRevoke:      r.oneOf("on-revoke-failure", text.OnRevokeFailure, "warn", "fail") == "fail",
		ExportEnv:         r.truth("export-env", text.ExportEnv),
		JobSummary:        r.truth("job-summary", text.JobSummary),
		RootsPEM:          r.roots(ctx, text.CACert),
		AllowHTTP:         r.truth("allow-http", text.AllowHTTP),
		Timeout:           r.timeout(text.Timeout),
	}
	_, _, config.ForceRevocableAsked = r.from.find("force-revocable")
	config.ForceRevocableAsked = config.ForceRevocableAsked && config.ForceRevocable
	return config
}

// plain is text on one line of at most so many characters.
func (r *reader) plain(input, value string, most int) string {
	if count := utf8.RuneCountInString(value); count > most {
		r.wrong(input, fmt.Sprintf("%d characters, more than the %d that JFrog takes", count, most), "shorten it")
		return ""
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		r.wrong(input, fmt.Sprintf("%q holds a line break or another control character", shown(value)), "write it on one line")
		return ""
	}
	return value
}

// shown bounds a value for an error. Values of secrets never come here.
func shown(value string) string {
	if len(value) > 200 {
		value = strings.ToValidUTF8(value[:197], "") + "..."
	}
	return value
}

// truth reads a switch.
func (r *reader) truth(input, value string) bool {
	is, err := strconv.ParseBool(strings.ToLower(value))
	if err != nil {
		r.wrong(input, fmt.Sprintf("%q is neither true nor false", shown(value)), "write true or false")
	}
	return is
}

func (r *reader) oneOf(input, value string, allowed ...string) string {
	for _, word := range allowed {
		if value == word {
			return value
		}
	}
	words := strings.Join(allowed, ", ")
	r.wrong(input, fmt.Sprintf("%q is none of %s", shown(value), strings.TrimPrefix(words, ", ")), "write one of them, in these letters")
	return allowed[0]
}

func (r *reader) groups(value string) []string {
	groups, err := jfrog.ParseNames(value)
	if err != nil {
		r.wrong("groups", err.Error(), `separate groups by commas or lines, and put a name with a comma in double quotes: CI,"a,b"`)
		return nil
	}
	if scope := jfrog.GroupScope(groups); len(groups) > 0 && len(scope) > jfrog.MaxScope {
		r.wrong("groups", fmt.Sprintf("their scope has %d bytes, more than the %d that JFrog takes", len(scope), jfrog.MaxScope),
			"ask for fewer groups, or make one group in JFrog that has what the job needs")
	}
	return groups
}

func (r *reader) scope(value string) string {
	if len(value) > jfrog.MaxScope {
		r.wrong("scope", fmt.Sprintf("%d bytes, more than the %d that JFrog takes", len(value), jfrog.MaxScope), "ask for less")
		return ""
	}
	if _, err := jfrog.ParseScope(value); err != nil {
		r.wrong("scope", strings.TrimPrefix(err.Error(), "scope: "), `write it as JFrog does, such as applied-permissions/groups:CI,"a b"`)
		return ""
	}
	return r.plain("scope", value, jfrog.MaxScope)
}

const (
	defaultExpiry = 3600 // seconds
	expiryHint    = "write seconds (600), a time (45m, 2h), 0 for a token that never expires, or platform"
)

func (r *reader) expiry(value string) *int64 {
	var seconds int64
	switch {
	case value == "platform":
		return nil
	case value == "":
		seconds = defaultExpiry
	default:
		var ok bool
		if seconds, ok = r.seconds(value); !ok {
			return nil
		}
	}
	return &seconds
}

func (r *reader) seconds(value string) (int64, bool) {
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		duration, err := time.ParseDuration(value)
		if err != nil {
			r.wrong("expiry", fmt.Sprintf("%q is no time", shown(value)), expiryHint)
			return 0, false
		}
		if duration%time.Second != 0 {
			r.wrong("expiry", fmt.Sprintf("%q isn't a whole number of seconds", shown(value)), expiryHint)
			return 0, false
		}
		seconds = int64(duration / time.Second)
	}
	if seconds < 0 {
		r.wrong("expiry", fmt.Sprintf("%q is negative", shown(value)), expiryHint)
		return 0, false
	}
	if seconds > jfrog.MaxSeconds {
		r.wrong("expiry", fmt.Sprintf("%q is longer than a hundred years", shown(value)), expiryHint)
		return 0, false
	}
	return seconds, true
}

func (r *reader) timeout(value string) time.Duration {
	timeout, err := time.ParseDuration(value)
	if seconds, wrong := strconv.Atoi(value); wrong == nil {
		timeout, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || timeout < time.Second || timeout > time.Hour {
		r.wrong("timeout", fmt.Sprintf("%q is no time between 1s and 1h", shown(value)), "write seconds or a time such as 60s or 2m")
		return time.Minute
	}
	return timeout
}

func (r *reader) roots(ctx context.Context, value string) []byte {
	if value == "" {
		return nil
	}
	pem := []byte(value)
	if !strings.Contains(value, "-----BEGIN") {
		read, err := limit.ReadFile(ctx, value, limit.LocalFile, "file")
		switch {
		case err != nil && ctx.Err() != nil:
			r.wrong("ca-cert", fmt.Sprintf("still waiting for it to be read: %v", err), "give a file, or a pipe that something writes to")
			return nil
		case err != nil:
			r.wrong("ca-cert", fmt.Sprintf("neither PEM text nor a file that can be read: %v", err), "give the certificate's PEM text or its path")
			return nil
		}
		pem = read
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		r.wrong("ca-cert", "no certificate in it", "give one or more certificates in PEM form (-----BEGIN CERTIFICATE-----)")
		return nil
	}
	return pem
}

// pushedIDToken returns how to read the ID token that the pipeline put somewhere, nil when none was named.
func (r *reader) pushedIDToken(text raw) func(context.Context) (Secret, error) {
	switch {
	case text.IDTokenEnv != "" && text.IDTokenFile != "":
		r.wrong("id-token-env", "id-token-file is set too", "name one place of the ID token")
	case text.IDTokenEnv != "":
		name := text.IDTokenEnv
		if !variableName(name) {
			// It isn't repeated: it may be the token itself, given in the wrong place.
			r.wrong("id-token-env", "it is not the name of a variable", "give the variable's name, and the ID token in that variable")
			return nil
		}
		return func(context.Context) (Secret, error) {
			value, _ := r.lookup(name)
			return checkPushed("variable "+name, value)
		}
	case text.IDTokenFile != "":
		return func(ctx context.Context) (Secret, error) {
			content, err := limit.ReadFile(ctx, text.IDTokenFile, limit.LocalFile, "file")
			if err != nil {
				return Secret{}, fmt.Errorf("reading the ID token: %w", err)
			}
			return checkPushed("file "+text.IDTokenFile, string(content))
		}
	}
	return nil
}

func variableName(name string) bool {
	return len(name) <= 255 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	})
}

func checkPushed(where, value string) (Secret, error) {
	if value = strings.TrimSpace(value); value == "" {
		return Secret{}, &InputError{
			Input: redact.Text(where, 300), What: "holds no ID token",
			Do: "check that the pipeline asks its CI for an ID token and puts it there",
		}
	}
	return NewSecret(value), nil
}
