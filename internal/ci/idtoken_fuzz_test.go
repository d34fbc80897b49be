package ci_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/httpapi"
)

// answers gives every request the same answer.
type answers struct {
	status int
	body   string
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	recorder.WriteHeader(a.status)
	_, _ = recorder.WriteString(a.body)
	response := recorder.Result()
	response.Request = r
	return response, nil
}

// FuzzIDTokenAnswer: what a CI's service answers is a token or an error on one line, and never repeats what the service
// was shown.
func FuzzIDTokenAnswer(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", `{"value":"a.b.c"}`, `{"value":1}`, `{"value":""}`, `{"value":"a\nb"}`, "<html>", "::error::x", "request-token-of-the-job"} {
		f.Add(seed, 200)
		f.Add(seed, 403)
	}
	f.Fuzz(func(t *testing.T, body string, status int) {
		w := plainWorld(t, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://ci.test/?a=b", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token-of-the-job"})
		w.host.HTTP = httpapi.WithTransport(answers{200 + max(status, -(status+1))%400, body})
		token, err := ci.GitHub().IDToken(t.Context(), w.host, "https://acme.jfrog.io")
		if (err == nil) == token.IsZero() {
			t.Errorf("%q: no token and no error, or both", body)
		}
		if err != nil && (hint(err) == "" || strings.ContainsFunc(err.Error(), unicode.IsControl) || strings.Contains(err.Error(), "request-token-of-the-job")) {
			t.Errorf("%q: %v", body, err)
		}
	})
}
