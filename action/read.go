package action

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/jfrog"
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
