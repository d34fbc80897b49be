package jfrog_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

const (
	sentToken    = "eyJraWQiOiJ4In0.eyJzdWIiOiJqb2IifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
	sentPassword = "two  spaces::##\"quoted\"\\back%41/slash+plus&<é>"
)

// An echo makes an answer of a request, as a server does that repeats it for people to find their mistake. Where there is
// little room, it repeats what authenticates the request only.
type echo func(w http.ResponseWriter, request, credential string)

func answer(status int, body string) echo {
	return func(w http.ResponseWriter, request, _ string) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, body, request) //nolint:gosec // read by no browser
	}
}

func message(status int, change func(string) string) echo {
	return func(w http.ResponseWriter, request, _ string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]string{"code": "BAD_REQUEST", "message": change(request), "detail": request}}})
	}
}

func echoes() map[string]echo {
	return map[string]echo{
		"text":                   answer(400, "bad request: %s"),
		"text behind 1500 bytes": answer(500, strings.Repeat("x", 1500)+" %s"),
		"text behind 2000 bytes": answer(500, strings.Repeat("x", 2000)+" %s"),
		"JSON":                   message(400, strings.TrimSpace),
		"JSON behind 1500 bytes": message(400, func(request string) string { return strings.Repeat("x", 1500) + " " + request }),
		"JSON in JSON":           message(400, func(request string) string { text, _ := json.Marshal(request); return string(text) }),
		"query":                  message(400, url.QueryEscape),
		"path":                   answer(502, "see /login?from=%s"),
		"base64":                 message(400, func(request string) string { return base64.StdEncoding.EncodeToString([]byte(request)) }),
		"redirect": func(w http.ResponseWriter, _, credential string) {
			w.Header().Set("Location", "/"+strings.Repeat("x", 150)+"?credential="+url.QueryEscape(credential))
			w.WriteHeader(302)
		},
		"target that is no URL": func(w http.ResponseWriter, _, credential string) {
			w.Header().Set("Location", "http://[/"+credential)
			w.WriteHeader(302)
		},
		"content type": func(w http.ResponseWriter, _, credential string) {
			w.Header().Set("Content-Type", strings.NewReplacer(" ", "-", "=", "").Replace(credential))
			_, _ = w.Write([]byte("<html>"))
		},
		"no HTTP": func(w http.ResponseWriter, _, credential string) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(connection, "HTTP/1.1 400 Bad Request\r\nno header "+credential+"\r\n\r\n")
				_ = connection.Close()
			}
		},
	}
}

// withCredentials are calls that carry the credentials, in each place of a request that one may stand in.
func withCredentials() map[string]func(context.Context, *jfrog.Client) error {
	token := redact.NewSecret(sentToken)
	found := calls(jfrog.Credentials{Token: token}, token)
	for name, call := range calls(jfrog.Credentials{User: "bob", Password: redact.NewSecret(sentPassword)}, token) {
		if name != "refresh" { // has no user
			found[name+" by a user"] = call
		}
	}
	delete(found, "ping")
	delete(found, "ping by a user")
	return found
}

// TestError_HoldsNothingThatWasSent: no error holds eight characters in a row of a credential, in clear or in base64,
// although the server repeats the whole request.
func TestError_HoldsNothingThatWasSent(t *testing.T) {
	t.Parallel()
	for name, echo := range echoes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				request, _ := httputil.DumpRequest(r, true)
				credential := r.Header.Get("Authorization")
				if credential == "" {
					_, credential, _ = strings.Cut(string(request), `"subject_token":`)
				}
				user, password, _ := r.BasicAuth() // some servers repeat what they decoded
				echo(w, string(request)+" from "+user+":"+password, credential)
			})
			for op, call := range withCredentials() {
				err := call(t.Context(), clientFor(t, server.URL, httpapi.Options{}))
				if err == nil && !strings.Contains(op, "revoke") {
					t.Errorf("%s: no error", op)
				}
				for _, what := range remains(fmt.Sprint(err)) {
					t.Errorf("%s: %s is left in %v", op, what, err)
				}
			}
		})
	}
}

// remains are the parts of what was sent that stand in a text.
func remains(text string) []string {
	var found []string
	for _, secret := range []string{
		sentToken, sentPassword, redact.Text(sentPassword, 500), url.QueryEscape(sentPassword),
		base64.StdEncoding.EncodeToString([]byte("bob:" + sentPassword)), base64.StdEncoding.EncodeToString([]byte(sentToken)),
	} {
		for i := 0; i+8 <= len(secret); i++ {
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret[i:i+8])) {
				found = append(found, secret[i:i+8])
			}
		}
	}
	return found
}

// TestError_HoldsNoPartOfWhatWasSent has a server that cuts what it repeats itself.
func TestError_HoldsNoPartOfWhatWasSent(t *testing.T) {
	t.Parallel()
	_, err := through(fixed(400, "bad token "+sentToken[:40]+"... and more")).RevokeSelf(t.Context(), redact.NewSecret(sentToken))
	if err == nil || !strings.Contains(err.Error(), "400 bad token REDACTED... and more") {
		t.Errorf("got %v", err)
	}
}

// TestAnswer_HoldsNothingThatWasSent: an answer that is taken goes into the log, too.
func TestAnswer_HoldsNothingThatWasSent(t *testing.T) {
	t.Parallel()
	token := jfrog.Credentials{Token: redact.NewSecret(sentToken)}
	version, err := through(fixed(200, `{"version":"7.1.1 for `+sentToken+`"}`)).Version(t.Context(), token)
	if err != nil || version != "7.1.1 for REDACTED" {
		t.Errorf("got %q, %v", version, err)
	}
	listed, err := through(fixed(200, `{"tokens":[{"token_id":"a","description":"of `+sentToken+`"}]}`)).List(t.Context(), token, "of *")
	if err != nil || len(listed) != 1 || listed[0].Description != "of REDACTED" {
		t.Errorf("got %+v, %v", listed, err)
	}
}

// TestError_KeepsItsWordsDespiteAShortPassword: one that is a word, or part of one, must not spoil what the server says.
func TestError_KeepsItsWordsDespiteAShortPassword(t *testing.T) {
	t.Parallel()
	client := through(fixed(401, `{"errors":[{"message":"Bad credentials of bob: token, name and Ym9i"}]}`))
	_, err := client.Version(t.Context(), jfrog.Credentials{User: "bob", Password: redact.NewSecret("token")})
	if err == nil || !strings.Contains(err.Error(), "401 Bad credentials of bob: token, name and Ym9i (GET") {
		t.Errorf("got %v", err)
	}
}
