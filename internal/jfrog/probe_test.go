package jfrog_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

var endpoints = []jfrog.Endpoint{jfrog.AccessEndpoint, jfrog.ArtifactoryEndpoint}

// wordings are what JFrog was seen to answer to a token, or what follows the same form, and what each says of the token.
func wordings() []struct {
	status int
	words  string
	want   jfrog.ProbeResult
} {
	return []struct {
		status int
		words  string
		want   jfrog.ProbeResult
	}{
		{401, "Invalid token, expired", jfrog.SaysExpired},
		{401, "Token failed verification: expired", jfrog.SaysExpired},
		{401, "Invalid token, revoked", jfrog.SaysRevoked},
		{401, "Token failed verification: revoked", jfrog.SaysRevoked},
		{401, "TOKEN FAILED VERIFICATION: REVOKED", jfrog.SaysRevoked},
		{401, "Invalid token, parse", jfrog.SaysNotOurs},
		{401, "Token failed verification: parse", jfrog.SaysNotOurs},
		{401, "Invalid token, signature", jfrog.SaysNotOurs},
		{401, "Token failed verification: signature", jfrog.SaysNotOurs},
		{401, "Invalid token, issuer", jfrog.SaysNotOurs},
		{401, "Token failed verification: issuer", jfrog.SaysNotOurs},
		{401, "Invalid token, audience", jfrog.Refused},
		{401, "Token failed verification: audience", jfrog.Refused},
		{401, "Invalid token, something new", jfrog.Refused},
		{401, "Props Authentication Token not found", jfrog.Refused},
		{401, "Bad credentials", jfrog.Refused},
		{401, "HTTP 401 Unauthorized", jfrog.Refused},
		{401, "Unauthorized", jfrog.NoAnswer},
		{401, "Authentication is required", jfrog.NoAnswer},
		{403, "Forbidden", jfrog.NotFound},
		{403, "Invalid token, revoked", jfrog.NotFound},
		{404, "Token not found", jfrog.NotFound},
		{404, "HTTP 404 Not Found", jfrog.NotFound},
		{400, "Invalid token, expired", jfrog.NoAnswer},
		{405, "HTTP 405 Method Not Allowed", jfrog.NoAnswer},
		{429, "Too many requests: token revoked", jfrog.NoAnswer},
		{500, "Invalid token, revoked", jfrog.NoAnswer},
		{503, "Token failed verification: revoked", jfrog.NoAnswer},
	}
}

func TestProbe_OwnRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range wordings() {
		for form, body := range ownForms(test.status, test.words) {
			for _, endpoint := range endpoints {
				got, err := through(fixed(test.status, body)).Probe(t.Context(), endpoint, redact.NewSecret("t"))
				var failure *httpapi.Error
				if got != test.want || !errors.As(err, &failure) || failure.Message != test.words {
					t.Errorf("%d %s, %s at %s: %d, %v, want %d", test.status, test.words, form, endpoint, got, err, test.want)
				}
				if of := jfrog.RefusalOf(err); test.status == 401 && of != test.want || test.status != 401 && of != jfrog.NoAnswer {
					t.Errorf("%d %s: the refusal of another call says %d", test.status, test.words, of)
				}
			}
		}
	}
}

// TestProbe_WordsInTheDetail: Access puts them there, too.
func TestProbe_WordsInTheDetail(t *testing.T) {
	t.Parallel()
	got, err := through(fixed(401, `{"errors":[{"code":"UNAUTHORIZED","message":"Unauthorized","detail":"Invalid token, expired"}]}`)).
		Probe(t.Context(), jfrog.AccessEndpoint, redact.NewSecret("t"))
	if got != jfrog.SaysExpired {
		t.Errorf("%d, %v", got, err)
	}
}

// TestProbe_ForeignAnswersProveNothing: nothing that a gateway says, in whatever words, says anything of the token.
func TestProbe_ForeignAnswersProveNothing(t *testing.T) {
	t.Parallel()
	for _, test := range wordings() {
		for _, forms := range []map[string]string{foreignForms(test.status, test.words), oauthForms(test.words)} {
			for form, body := range forms {
				for _, endpoint := range endpoints {
					got, err := through(fixed(test.status, body)).Probe(t.Context(), endpoint, redact.NewSecret("t"))
					if got != jfrog.NoAnswer || err == nil || jfrog.RefusalOf(err) != jfrog.NoAnswer {
						t.Errorf("%d, %s at %s: %d, %v", test.status, form, endpoint, got, err)
					}
				}
			}
		}
	}
}

func TestProbe_Accepted(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]jfrog.ProbeResult{
		`{"token_id":"3c0d","subject":"jfac@1/users/x","expiry":1800000000}`: jfrog.Accepted, `{"version":"7.1.1","addons":[]}`: jfrog.Accepted,
		"": jfrog.NoAnswer, "OK": jfrog.NoAnswer, "<html><title>Sign in</title>": jfrog.NoAnswer, `"OK"`: jfrog.NoAnswer, "[]": jfrog.NoAnswer,
	} {
		for _, endpoint := range endpoints {
			got, err := through(fixed(200, body)).Probe(t.Context(), endpoint, redact.NewSecret("t"))
			if got != want || (err == nil) != (want == jfrog.Accepted) {
				t.Errorf("%s at %s: %d, %v", body, endpoint, got, err)
			}
		}
	}
	for name, way := range map[string]transport{
		"redirect": fixed(302, "", "Location", "/login"), "no answer": func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") },
	} {
		if got, err := through(way).Probe(t.Context(), jfrog.AccessEndpoint, redact.NewSecret("t")); got != jfrog.NoAnswer || err == nil {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}

func TestRefusalOf_OtherErrors(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("Invalid token, revoked")} {
		if got := jfrog.RefusalOf(err); got != jfrog.NoAnswer {
			t.Errorf("%v: %d", err, got)
		}
	}
	_, err := through(fixed(401, `{"code":"UNAUTHORIZED","message":"Invalid token, revoked"}`)).RevokeSelf(t.Context(), redact.NewSecret("t"))
	wrapped := fmt.Errorf("revoking: %w", err)
	if got := jfrog.RefusalOf(wrapped); got != jfrog.SaysRevoked {
		t.Errorf("%v: %d", wrapped, got)
	}
}

// TestProbe_UsesAConnectionOfItsOwn: one that was open before the revocation may lead to a node that doesn't know of it.
func TestProbe_UsesAConnectionOfItsOwn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.RemoteAddr]++
		_, _ = w.Write([]byte(`{"version":"7.1.1"}`))
	})
	client := clientFor(t, server.URL, httpapi.Options{})
	for range 2 {
		if _, err := client.Version(t.Context(), admin); err != nil {
			t.Error(err)
		}
		for _, endpoint := range endpoints {
			if got, err := client.Probe(t.Context(), endpoint, redact.NewSecret("t")); got != jfrog.Accepted {
				t.Errorf("%d, %v", got, err)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 5 {
		t.Errorf("two usual calls and four probes came over %d connections: %v", len(seen), seen)
	}
}
