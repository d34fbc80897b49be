package jfrog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// sentBy is what a call sends, one line each for the request, its headers in order, and the body.
func sentBy(t *testing.T, platform jfrog.Platform, call func(context.Context, *jfrog.Client) error) string {
	t.Helper()
	var sent []string
	client := jfrog.New(platform, httpapi.WithTransport(transport(func(r *http.Request) (*http.Response, error) {
		lines := []string{r.Method + " " + r.URL.String()}
		for name, values := range r.Header {
			lines = append(lines, name+": "+strings.Join(values, ", "))
		}
		slices.Sort(lines[1:])
		if r.Body != nil {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			lines = append(lines, string(body))
		}
		sent = append(sent, strings.TrimSuffix(strings.Join(lines, "\n"), "\n"))
		return fixed(200, `{"access_token":"a","version":"7.1.1"}`)(r)
	})), "frogmint/test")
	if err := call(t.Context(), client); err != nil {
		t.Error(err)
	}
	return strings.Join(sent, "\nAND\n")
}

func saas() jfrog.Platform {
	return jfrog.Platform{URL: &url.URL{Scheme: "https", Host: "acme.jfrog.io"}}
}

func ptr(n int64) *int64 { return &n }

func mint(auth jfrog.Credentials, r jfrog.MintRequest) func(context.Context, *jfrog.Client) error {
	return func(ctx context.Context, c *jfrog.Client) error { _, err := c.Mint(ctx, auth, r); return err }
}

func legacyMint(r jfrog.MintRequest) func(context.Context, *jfrog.Client) error {
	return func(ctx context.Context, c *jfrog.Client) error { _, err := c.MintLegacy(ctx, admin, r); return err }
}

func exchange(r jfrog.ExchangeRequest) func(context.Context, *jfrog.Client) error {
	return func(ctx context.Context, c *jfrog.Client) error { _, err := c.Exchange(ctx, r); return err }
}

const (
	accept   = "\nAccept: application/json"
	asAdmin  = "\nAuthorization: Bearer the-admins-token"
	asJSON   = "\nContent-Type: application/json"
	asForm   = "\nContent-Type: application/x-www-form-urlencoded"
	agent    = "\nUser-Agent: frogmint/test"
	jobToken = "the-jobs-token"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	job := redact.NewSecret(jobToken)
	bob := jfrog.Credentials{User: "bob", Password: redact.NewSecret("hunter2")}
	full := jfrog.MintRequest{
		GrantType: "overwritten", Username: "team-a/bot", Scope: `applied-permissions/groups:"a b",<c>`, ExpiresIn: ptr(3600), Refreshable: true, Reference: true,
		ForceRevocable: true, Description: `job "1" & more`, Audience: "jfrt@* jfac@*", Project: "proj",
	}
	for name, test := range map[string]struct {
		call func(context.Context, *jfrog.Client) error
		want string
	}{
		"mint": {mint(admin, jfrog.MintRequest{}),
			"POST https://acme.jfrog.io/access/api/v1/tokens" + accept + asAdmin + asJSON + agent + "\n" + `{"grant_type":"client_credentials"}`},
		"mint by a user": {mint(bob, jfrog.MintRequest{ExpiresIn: ptr(0)}),
			"POST https://acme.jfrog.io/access/api/v1/tokens" + accept + "\nAuthorization: Basic Ym9iOmh1bnRlcjI=" + asJSON + agent + "\n" + `{"grant_type":"client_credentials","expires_in":0}`},
		"mint with all": {mint(admin, full),
			"POST https://acme.jfrog.io/access/api/v1/tokens" + accept + asAdmin + asJSON + agent + "\n" +
				`{"grant_type":"client_credentials","username":"team-a/bot","scope":"applied-permissions/groups:\"a b\",\u003cc\u003e","expires_in":3600,"refreshable":true,` +
				`"include_reference_token":true,"force_revocable":true,"description":"job \"1\" \u0026 more","audience":"jfrt@* jfac@*","project_key":"proj"}`},
		"mint without credentials": {mint(jfrog.Credentials{}, jfrog.MintRequest{}),
			"POST https://acme.jfrog.io/access/api/v1/tokens" + accept + asJSON + agent + "\n" + `{"grant_type":"client_credentials"}`},
		"legacy mint": {legacyMint(jfrog.MintRequest{}),
			"POST https://acme.jfrog.io/artifactory/api/security/token" + accept + asAdmin + asForm + agent + "\n" + "grant_type=client_credentials"},
		"legacy mint with all": {legacyMint(full),
			"POST https://acme.jfrog.io/artifactory/api/security/token" + accept + asAdmin + asForm + agent + "\n" +
				"audience=jfrt%40%2A+jfac%40%2A&expires_in=3600&grant_type=client_credentials&refreshable=true&scope=applied-permissions%2Fgroups%3A%22a+b%22%2C%3Cc%3E&username=team-a%2Fbot"},
		"legacy mint without end": {legacyMint(jfrog.MintRequest{ExpiresIn: ptr(0)}),
			"POST https://acme.jfrog.io/artifactory/api/security/token" + accept + asAdmin + asForm + agent + "\n" + "expires_in=0&grant_type=client_credentials"},
		"exchange": {exchange(jfrog.ExchangeRequest{IDToken: redact.Clear{Secret: job}, Provider: "github"}),
			"POST https://acme.jfrog.io/access/api/v1/oidc/token" + accept + asJSON + agent + "\n" +
				`{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange","subject_token_type":"urn:ietf:params:oauth:token-type:id_token","subject_token":"the-jobs-token","provider_name":"github"}`},
		"exchange with all": {exchange(jfrog.ExchangeRequest{
			GrantType: "overwritten", SubjectTokenType: "overwritten", IDToken: redact.Clear{Secret: job}, Provider: "github", ProviderType: "GenericOidc", IdentityMapping: "main",
			Audience: "aud", Project: "proj", ApplicationKey: "app", Reference: true, JobID: "job", RunID: "77", Repository: "https://github.com/o/r", Revision: "abc", Branch: "main"}),
			"POST https://acme.jfrog.io/access/api/v1/oidc/token" + accept + asJSON + agent + "\n" +
				`{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange","subject_token_type":"urn:ietf:params:oauth:token-type:id_token","subject_token":"the-jobs-token",` +
				`"provider_name":"github","provider_type":"GenericOidc","identity_mapping_name":"main","audience":"aud","project_key":"proj","application_key":"app",` +
				`"include_reference_token":true,"job_id":"job","run_id":"77","repo":"https://github.com/o/r","revision":"abc","branch":"main"}`},
		"refresh": {func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Refresh(ctx, job, redact.NewSecret("a-refresh-token"))
			return err
		}, "POST https://acme.jfrog.io/access/api/v1/tokens" + accept + "\nAuthorization: Bearer the-jobs-token" + asJSON + agent + "\n" +
			`{"grant_type":"refresh_token","refresh_token":"a-refresh-token","access_token":"the-jobs-token"}`},
		"revoke": {func(ctx context.Context, c *jfrog.Client) error { return revokeSelf(ctx, c) },
			"DELETE https://acme.jfrog.io/access/api/v1/tokens/me" + accept + "\nAuthorization: Bearer the-jobs-token" + agent},
		"revoke by id": {func(ctx context.Context, c *jfrog.Client) error { return c.RevokeID(ctx, admin, "3c0d_AZ-09") },
			"DELETE https://acme.jfrog.io/access/api/v1/tokens/3c0d_AZ-09" + accept + asAdmin + agent},
		"legacy revoke": {func(ctx context.Context, c *jfrog.Client) error {
			return c.RevokeLegacy(ctx, admin, redact.NewSecret("a+b/c="))
		},
			"POST https://acme.jfrog.io/artifactory/api/security/token/revoke" + accept + asAdmin + asForm + agent + "\n" + "token=a%2Bb%2Fc%3D"},
		"list": {func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.List(ctx, admin, "frogmint job &1*")
			return err
		},
			"GET https://acme.jfrog.io/access/api/v1/tokens?description=frogmint+job+%261%2A" + accept + asAdmin + agent},
		"probe Access": {func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Probe(ctx, jfrog.AccessEndpoint, job)
			return err
		},
			"GET https://acme.jfrog.io/access/api/v1/tokens/me?probe=RANDOM" + accept + "\nAuthorization: Bearer the-jobs-token" + agent},
		"probe Artifactory": {func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Probe(ctx, jfrog.ArtifactoryEndpoint, job)
			return err
		}, "GET https://acme.jfrog.io/artifactory/api/system/version?probe=RANDOM" + accept + "\nAuthorization: Bearer the-jobs-token" + agent},
		"version": {func(ctx context.Context, c *jfrog.Client) error { _, err := c.Version(ctx, bob); return err },
			"GET https://acme.jfrog.io/artifactory/api/system/version" + accept + "\nAuthorization: Basic Ym9iOmh1bnRlcjI=" + agent},
		"ping": {func(ctx context.Context, c *jfrog.Client) error { return c.Ping(ctx) },
			"GET https://acme.jfrog.io/artifactory/api/system/ping" + accept + agent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// No two probes have the same URL.
			got := regexp.MustCompile(`\?probe=[A-Z2-7]{8}\n`).ReplaceAllString(sentBy(t, saas(), test.call), "?probe=RANDOM\n")
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// TestRequests_BelowAnotherPath has a platform that doesn't stand at the root of its host, and an Artifactory elsewhere.
func TestRequests_BelowAnotherPath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ platform, artifactory, access, version string }{
		{"https://host:8443/jfrog", "", "https://host:8443/jfrog/access/api/v1/tokens/x", "https://host:8443/jfrog/artifactory/api/system/version"},
		{"https://host/jfrog/", "https://repo.host", "https://host/jfrog/access/api/v1/tokens/x", "https://repo.host/api/system/version"},
		{"https://host", "https://host/rt/", "https://host/access/api/v1/tokens/x", "https://host/rt/api/system/version"},
		{"https://host/a%20b", "", "https://host/a%20b/access/api/v1/tokens/x", "https://host/a%20b/artifactory/api/system/version"},
	} {
		var platform jfrog.Platform
		var err error
		if platform.URL, err = jfrog.ParseURL(test.platform, false); err != nil {
			t.Fatal(err)
		}
		if test.artifactory != "" {
			if platform.Artifactory, err = jfrog.ParseURL(test.artifactory, false); err != nil {
				t.Fatal(err)
			}
		}
		got := sentBy(t, platform, func(ctx context.Context, c *jfrog.Client) error { return c.RevokeID(ctx, admin, "x") })
		if line, _, _ := strings.Cut(got, "\n"); line != "DELETE "+test.access {
			t.Errorf("got %s, want %s", line, test.access)
		}
		got = sentBy(t, platform, func(ctx context.Context, c *jfrog.Client) error { _, err := c.Version(ctx, admin); return err })
		if line, _, _ := strings.Cut(got, "\n"); line != "GET "+test.version {
			t.Errorf("got %s, want %s", line, test.version)
		}
		if before := platform.URL.String(); strings.Contains(before, "access") {
			t.Errorf("a call changed the platform's URL: %s", before)
		}
	}
}

func revokeSelf(ctx context.Context, c *jfrog.Client) error {
	_, err := c.RevokeSelf(ctx, redact.NewSecret(jobToken))
	return err
}

// TestRevokeSelf_TellsWhatIsNotStored: 204 says that there is no such token, also of one that works.
func TestRevokeSelf_TellsWhatIsNotStored(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{200: true, 204: false, 400: false, 401: false} {
		found, err := through(fixed(status, "")).RevokeSelf(t.Context(), redact.NewSecret(jobToken))
		if found != want || (err != nil) != (status >= 400) {
			t.Errorf("%d: found %t, %v", status, found, err)
		}
	}
}

func TestRevokeID_RefusesPathTricks(t *testing.T) {
	t.Parallel()
	client := through(func(r *http.Request) (*http.Response, error) {
		t.Errorf("sent %s", r.URL)
		return nil, errors.New("sent")
	})
	for _, id := range []string{"", "me", ".", "..", "a/b", "../me", "a?b", "a#b", "a%2fb", "a b", "a\nb", "é", strings.Repeat("x", 256)} {
		if err := client.RevokeID(t.Context(), admin, id); err == nil || !strings.HasPrefix(err.Error(), "revoking a token by its id: ") || len(err.Error()) > 200 {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if err := through(fixed(204, "")).RevokeID(t.Context(), admin, strings.Repeat("x", 255)); err != nil {
		t.Error(err)
	}
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://acme.jfrog.io": "https://acme.jfrog.io", "https://acme.jfrog.io///": "https://acme.jfrog.io", "https://host:8443/jfrog/": "https://host:8443/jfrog",
		"HTTPS://Host": "https://host", "http://localhost:8081": "http://localhost:8081", "http://LOCALHOST": "http://localhost", "https://Host:443/x": "https://host/x", "http://localhost:80": "http://localhost", "http://127.0.0.1:1": "http://127.0.0.1:1",
		"http://127.9.9.9": "http://127.9.9.9", "http://[::1]:8081/": "http://[::1]:8081", "https://host#": "https://host",
	} {
		if got, err := jfrog.ParseURL(text, false); err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "not a URL", "acme.jfrog.io": "not a URL", "https://": "not a URL", "https://:443": "not a URL", "https:acme.jfrog.io": "not a URL", "https://a b": "not a URL", "https://a\n.b": "not a URL",
		"https://bob:hunter2@host": "user name or password", "https://bob@host": "user name or password", "https://host/?token=hunter2": "query or a fragment",
		"https://host?": "query or a fragment", "https://host#hunter2": "query or a fragment", "ftp://host": "neither https nor http", "file://host/etc": "neither https nor http",
		"https://" + strings.Repeat("x", 2048): "longer than 2048 bytes",
	} {
		got, err := jfrog.ParseURL(text, true)
		var refusal *jfrog.URLError
		if !errors.As(err, &refusal) || got != nil || refusal.Insecure || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.60q: got %v, %v, want %s", text, got, err, want)
		}
	}
}

// TestParseURL_PlainHTTP: credentials go in clear to this machine only, unless that is asked for.
func TestParseURL_PlainHTTP(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"http://acme.test", "http://10.0.0.1", "http://localhost.acme.test", "http://0.0.0.0", "http://127.0.0.1.acme.test", "HTTP://acme.test"} {
		_, err := jfrog.ParseURL(text, false)
		var refusal *jfrog.URLError
		if !errors.As(err, &refusal) || !refusal.Insecure {
			t.Errorf("%s: %v", text, err)
		}
		if got, err := jfrog.ParseURL(text, true); err != nil || got == nil {
			t.Errorf("%s where http is allowed: %v", text, err)
		}
	}
}

func TestList_FindsWhatWasAskedForOnly(t *testing.T) {
	t.Parallel()
	const everyones = `{"tokens":[{"token_id":"1","description":"mine","expiry":1800000000},{"token_id":"2","description":"mine too"},{"token_id":"3","description":"other","expiry":-1},{"token_id":"4"},{}]}`
	for description, want := range map[string]string{"mine": "1", "mine*": "1 2", "mine *": "2", "other": "3", "*": "", "": "", "min": "", "Mine": ""} {
		found, err := through(fixed(200, everyones)).List(t.Context(), admin, description)
		ids := make([]string, len(found))
		for i, token := range found {
			ids[i] = token.TokenID
			if wantExpiry := map[string]string{"1": "2027-01-15 08:00:00 +0000 UTC"}[token.TokenID]; wantExpiry != "" && token.ExpiresAt.String() != wantExpiry || wantExpiry == "" && !token.ExpiresAt.IsZero() {
				t.Errorf("token %s expires at %s", token.TokenID, token.ExpiresAt)
			}
		}
		if got := strings.Join(ids, " "); err != nil || got != want {
			t.Errorf("%q finds %q, %v, want %q", description, got, err, want)
		}
	}
}

func TestList_OfUnusableAnswers(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "[]", "<html>", `{"tokens":{}}`} {
		found, err := through(fixed(200, body)).List(t.Context(), admin, "x")
		var failure *httpapi.Error
		if !errors.As(err, &failure) || !failure.Unusable() || failure.Fix == "" || found != nil {
			t.Errorf("%q: %v, %v", body, found, err)
		}
	}
	for _, body := range []string{"{}", "null", `{"tokens":null}`, `{"tokens":[]}`} {
		if found, err := through(fixed(200, body)).List(t.Context(), admin, "x"); err != nil || found != nil {
			t.Errorf("%q: %v, %v", body, found, err)
		}
	}
	hostile := `{"tokens":[{"token_id":"a\n::error::b","description":"x\u202e::y"}]}`
	found, err := through(fixed(200, hostile)).List(t.Context(), admin, "x*")
	if got := fmt.Sprintf("%q", found); err != nil || got != `[{"a ::error::b" "x : :y" "0001-01-01 00:00:00 +0000 UTC"}]` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if got, err := through(fixed(200, `{"version":"7.111.4-m001\n","revision":"x"}`)).Version(t.Context(), admin); err != nil || got != "7.111.4-m001" {
		t.Errorf("%q, %v", got, err)
	}
	for body, want := range map[string]string{"{}": "200 the answer holds no version", `{"version":7}`: "200 the answer is not the JSON that was expected", "<html>": "200 the answer is not JSON"} {
		got, err := through(fixed(200, body)).Version(t.Context(), admin)
		var failure *httpapi.Error
		if !errors.As(err, &failure) || got != "" || !strings.Contains(err.Error(), want) || failure.Fix == "" {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
}

func TestOlder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version, since string
		want           bool
	}{
		{"7.21.0", "7.21.1", true}, {"7.21.1", "7.21.1", false}, {"7.21.2", "7.21.1", false}, {"6.99.99", "7.21.1", true}, {"7.3.0", "7.21.1", true}, {"8.0.0", "7.21.1", false},
		{"7.111.4-m001", "7.111.4", false}, {"7.111.3-m001", "7.111.4", true}, {"7.21.0.5", "7.21.1", true}, {"7.21.x", "7.21.1", false},
		{"", "7.21.1", false}, {"7", "7.21.1", false}, {"7.1", "7.21.1", false}, {"unknown", "7.21.1", false}, {"-1.0.0", "7.21.1", false}, {"99999999999999999999.0.0", "7.21.1", false},
	} {
		if got := jfrog.Older(test.version, test.since); got != test.want {
			t.Errorf("%q before %s: %t", test.version, test.since, got)
		}
	}
}

func TestUsedFeatures(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		request jfrog.MintRequest
		creator jfrog.Credentials
		want    []int
	}{
		{jfrog.MintRequest{ExpiresIn: ptr(60), Scope: "applied-permissions/groups:a"}, admin, nil},
		{jfrog.MintRequest{Reference: true}, admin, []int{jfrog.ReferenceTokens}},
		{jfrog.MintRequest{ExpiresIn: ptr(0), Scope: "applied-permissions/roles:p:r"}, jfrog.Credentials{User: "bob"}, []int{jfrog.BasicCredentials, jfrog.ProjectRoles, jfrog.LongExpiry}},
	} {
		if got := jfrog.UsedFeatures(test.request, test.creator); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v, want %v", test.request, got, test.want)
		}
	}
	for id, feature := range jfrog.Features() {
		if feature.Name == "" || jfrog.Older("9.0.0", feature.Since) || !jfrog.Older("0.0.1", feature.Since) {
			t.Errorf("feature %d: %+v", id, feature)
		}
	}
}
