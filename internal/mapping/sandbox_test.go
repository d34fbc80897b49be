package mapping_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

var exchanges = flag.Int("exchanges", 500, "how many exchanges TestChoose_AgreesWithSandbox plays, each against six mappings")

// issuer is an ID token issuer in memory, for claims of any shape.
type issuer struct {
	key *ecdsa.PrivateKey
	url string
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return &issuer{key, "https://issuer.example"}
}

// RoundTrip answers the sandbox, which asks for the issuer's keys.
func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	point := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.FillBytes(make([]byte, 32))) }
	document := map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys"}
	if r.URL.Path == "/keys" {
		public, err := i.key.PublicKey.Bytes()
		if err != nil {
			return nil, err
		}
		x, y := new(big.Int).SetBytes(public[1:33]), new(big.Int).SetBytes(public[33:])
		document = map[string]any{"keys": []any{map[string]any{
			"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k", "x": point(x), "y": point(y),
		}}}
	}
	body, err := json.Marshal(document)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, err
}

func (i *issuer) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	all := jwt.MapClaims{"iss": i.url, "exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	unsigned := jwt.NewWithClaims(jwt.SigningMethodES256, all)
	unsigned.Header["kid"] = "k"
	signed, err := unsigned.SignedString(i.key)
	must(t, err)
	return signed
}

// exchange plays one exchange against the sandbox, without a network.
func exchange(t *testing.T, server http.Handler, idToken string, job mapping.Job) (status int, username, scope string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{
		"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
		"subject_token": idToken, "provider_name": job.Provider, "project_key": job.Project, "identity_mapping_name": job.Mapping,
	})
	must(t, err)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/access/api/v1/oidc/token", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, request)
	var answer struct{ Username, Scope string }
	must(t, json.Unmarshal(recorder.Body.Bytes(), &answer))
	return recorder.Code, answer.Username, answer.Scope
}

// TestChoose_AgreesWithSandbox holds two implementations of JFrog's matching against each other, this package's and the
// sandbox's, on random mappings and claims.
func TestChoose_AgreesWithSandbox(t *testing.T) {
	t.Parallel()
	keys, err := sandboxtest.Keys()
	must(t, err)
	releases := []string{"7.90.0", "7.94.0", "7.94.1", "7.95.0", "7.146.38"}
	const providers, mappings = 20, 6
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			random := newRandom(release)
			idp, all := newIssuer(t), map[string][]mapping.Mapping{}
			var config sandbox.Config
			for p := range providers {
				name := fmt.Sprintf("p%d", p)
				all[name] = random.mappings(name, mappings)
				config.Providers = append(config.Providers, toSandbox(t, name, idp.url, all[name]))
			}
			server, err := sandbox.New(sandbox.WithKeys(keys), sandbox.WithVersion(release), sandbox.WithConfig(config),
				sandbox.WithHTTPClient(&http.Client{Transport: idp}))
			must(t, err)
			matched := 0
			for i := range *exchanges / len(releases) {
				name := fmt.Sprintf("p%d", i%providers)
				job := random.job(name, release)
				choice := mapping.Choose(all[name], job)
				status, username, scope := exchange(t, server, idp.sign(t, job.Claims), job)
				if !agree(choice, status, username, scope) {
					t.Fatalf("exchange: %d, user %q, scope %q\nchoice: %+v\njob: %s\nmappings: %s", status, username, scope, choice, toJSON(t, job), toJSON(t, all[name]))
				}
				if status == http.StatusOK {
					matched++
				}
			}
			t.Logf("%d exchanges, %d with a token", *exchanges/len(releases), matched)
			if matched == 0 {
				t.Error("no exchange succeeded: the comparison says nothing")
			}
		})
	}
}

func agree(choice mapping.Choice, status int, username, scope string) bool {
	switch status {
	case http.StatusOK:
		return choice.Token.Username == username && choice.Token.Scope == scope
	case http.StatusForbidden:
		return choice.Mapping == "" && choice.Refused()
	}
	return choice.Mapping != "" && choice.Refused() // the mapping matched, its pattern didn't
}

func toSandbox(t *testing.T, name, issuerURL string, mappings []mapping.Mapping) sandbox.ProviderConfig {
	t.Helper()
	config := sandbox.ProviderConfig{Provider: sandbox.Provider{Name: name, IssuerURL: issuerURL, ProviderType: "Generic OpenID Connect"}}
	must(t, json.Unmarshal([]byte(toJSON(t, mappings)), &config.Mappings))
	return config
}

// random makes mappings and claims of few words, so that they often match.
type random struct{ *mathrand.Rand }

func newRandom(seed string) random {
	var bytes [32]byte
	copy(bytes[:], seed)
	return random{mathrand.New(mathrand.NewChaCha8(bytes))} //nolint:gosec // a failure must come again
}

func pick[T any](r random, list ...T) T { return list[r.IntN(len(list))] }

func (r random) value() string {
	return pick(r, "a", "b", "o/r", "o/s", "refs/heads/main", "refs/heads/x", "repo:o/r:ref:refs/heads/main", "repo:o@1/r@2:environment:prod", "", "é\n", "A")
}

func (r random) pattern() string {
	if r.IntN(3) > 0 {
		return r.value()
	}
	return pick(r, "*", "o/*", "refs/heads/*", "*main", "repo:o/*", "r*:*", "**", "*/*/*", "a*", "*.*", "repo:o@1/*:environment:*", `\*`, "[a-z]*")
}

// claim makes a value; lists in lists only where no pattern reads them, for which JFrog documents nothing.
func (r random) claim(text func() string, nested bool) any {
	kind := r.IntN(8)
	if kind == 4 && !nested {
		kind = 0
	}
	switch kind {
	case 0:
		list := make([]any, r.IntN(4))
		for i := range list {
			list[i] = text()
		}
		return list
	case 1:
		return float64(r.IntN(3))
	case 2:
		return r.IntN(2) == 0
	case 3:
		return fmt.Sprint(r.IntN(3))
	case 4:
		return []any{text(), []any{text(), float64(r.IntN(3))}}
	}
	return text()
}

func (r random) name() string {
	return pick(r, "sub", "repository", "ref", "environment", "groups", "custom")
}

func (r random) mappings(provider string, count int) []mapping.Mapping {
	list := make([]mapping.Mapping, count)
	for i := range list {
		m := mapping.Mapping{
			Name: fmt.Sprintf("m%d", i), Provider: provider, Priority: int64(r.IntN(3) + 1), Project: pick(r, "", "", "blue", "red"), Claims: map[string]any{},
			TokenSpec: mapping.TokenSpec{Username: fmt.Sprintf("User%d", i), Scope: "applied-permissions/groups:g", Audience: "*@*", ExpiresIn: 60},
		}
		for range r.IntN(3) {
			m.Claims[r.name()] = r.claim(r.pattern, true)
		}
		switch spec := &m.TokenSpec; r.IntN(6) {
		case 0:
			spec.Username, spec.UsernamePattern = "", pick(r, "{{ref}}", "{{ sub }} | U-$0", "(o)/{{repository}}|$1-x$2", "refs/{{ref}} | $0 by $0")
		case 1:
			spec.GroupsPattern = pick(r, "{{groups}}", "{{groups}} | $0-g", "{{custom}}")
		case 2:
			spec.Username = ""
		case 3:
			spec.Scope = "applied-permissions/admin"
		}
		list[i] = m
	}
	return list
}

func (r random) job(provider, release string) mapping.Job {
	job := mapping.Job{Provider: provider, Release: release, Project: pick(r, "", "", "blue"), Claims: map[string]any{}}
	if r.IntN(5) == 0 {
		job.Mapping = fmt.Sprintf("m%d", r.IntN(7))
	}
	for range r.IntN(7) {
		job.Claims[r.name()] = r.claim(r.value, false)
	}
	return job
}

func toJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	return string(text)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMatch_AgreesWithCompare(t *testing.T) {
	t.Parallel()
	random := newRandom("match")
	seen := map[bool]int{}
	for range 2000 {
		m := random.mappings("p", 1)[0]
		m.Project = ""
		job := random.job("p", "")
		job.Mapping = ""
		result := m.Compare(job)
		if m.Match(job.Claims) != result.Matches() || len(result.Claims) != len(m.Claims) {
			t.Fatalf("%s against %s: %v", toJSON(t, m), toJSON(t, job), result.Lines())
		}
		if !slices.IsSortedFunc(result.Claims, func(a, b mapping.ClaimResult) int { return strings.Compare(a.Name, b.Name) }) {
			t.Fatalf("unsorted: %v", result.Claims)
		}
		seen[result.Matches()]++
	}
	if seen[true] < 100 || seen[false] < 100 {
		t.Errorf("of 2000 pairs %v", seen)
	}
}

func decodeSegment(idToken string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.Split(idToken, ".")[1])
}
