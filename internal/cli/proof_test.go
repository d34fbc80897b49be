package cli_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// An answer of a platform, or of something in front of it.
type answer struct {
	status int
	body   string
}

const signIn = "<html><h1>401 Authorization Required</h1></html>"

func accessSays(words string) string {
	return fmt.Sprintf(`{"errors":[{"code":"UNAUTHORIZED","message":%q}]}`, words)
}

func artifactorySays(words string) string {
	return fmt.Sprintf(`{"errors":[{"status":401,"message":%q}]}`, words)
}

// jwt is a token that ends so long from now, or never for 0; nobody checks its signature.
func jwt(ends time.Duration) string {
	claims := `{"sub":"jfac@x/users/robot","scp":"applied-permissions/user","iat":` + fmt.Sprint(time.Now().Unix()) + `,"jti":"11111111-2222-3333-4444-555555555555"}`
	if ends != 0 {
		claims = strings.Replace(claims, `"iat"`, fmt.Sprintf(`"exp":%d,"iat"`, time.Now().Add(ends).Unix()), 1)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return strings.Join([]string{encode([]byte(`{"alg":"RS256","typ":"JWT"}`)), encode([]byte(claims)), encode([]byte("signature"))}, ".")
}

// TestRevoke_SaysWhatTheAnswersProve is about the word on a token after its revocation, by what was answered to the
// revocation and then to the token itself at both endpoints. An answer of status 0 is none. Servers that don't know the
// revocation by the token alone are asked by its id.
func TestRevoke_SaysWhatTheAnswersProve(t *testing.T) {
	t.Parallel()
	const revoked, expired = "revoked", "expired"
	var (
		taken        = answer{http.StatusNoContent, ""}
		accepted     = answer{http.StatusOK, `{"token_id":"11111111-2222-3333-4444-555555555555","version":"7.111.4"}`}
		notRevocable = answer{http.StatusBadRequest, `{"errors":[{"code":"BAD_REQUEST","message":"Token not revocable"}]}`}
		html         = answer{http.StatusUnauthorized, signIn}
		text         = answer{http.StatusUnauthorized, "token revoked"}
		shapeless    = answer{http.StatusUnauthorized, `{"error":"token revoked"}`}
		unknown      = answer{http.StatusNotFound, `{"errors":[{"code":"NOT_FOUND","message":"Not found"}]}`}
		none         = answer{}
	)
	access := func(words string) answer {
		return answer{http.StatusUnauthorized, accessSays("Invalid token, " + words)}
	}
	artifactory := func(words string) answer {
		return answer{http.StatusUnauthorized, artifactorySays("Token failed verification: " + words)}
	}
	const past, ahead, never = -time.Hour, time.Hour, 0
	for name, test := range map[string]struct {
		ends                            time.Duration // from now
		revocation, access, artifactory answer
		word                            string
		status                          int
		byID                            answer
	}{
		"taken, then refused":                           {ahead, taken, access(revoked), artifactory(revoked), "revoked", 0, none},
		"taken, short, and still accepted":              {ahead, taken, accepted, accepted, "not revocable", 3, none},
		"taken, and still accepted":                     {9 * time.Hour, taken, accepted, accepted, "STILL ALIVE", 3, none},
		"taken, then a page of HTML":                    {ahead, taken, html, html, "unknown", 3, none},
		"a page of HTML, Access accepts":                {ahead, html, accepted, artifactory(revoked), "STILL ALIVE", 3, none},
		"words that aren't JFrog's, Access accepts":     {ahead, text, accepted, artifactory(revoked), "STILL ALIVE", 3, none},
		"JSON that isn't JFrog's, Access accepts":       {ahead, shapeless, accepted, artifactory(revoked), "STILL ALIVE", 3, none},
		"a page of HTML everywhere":                     {ahead, html, html, html, "unknown", 3, none},
		"expired, JFrog says":                           {ahead, access(expired), access(expired), artifactory(expired), "expired", 0, none},
		"expired, this clock says, revoked, JFrog says": {past, taken, access(revoked), artifactory(revoked), "revoked", 0, none},
		"expired, this clock says, JFrog accepts":       {past, notRevocable, accepted, accepted, "not revocable", 3, none},
		"not revocable":                                 {ahead, notRevocable, accepted, accepted, "not revocable", 3, none},
		"cut off on its way":                            {ahead, access("parse"), access("parse"), artifactory("parse"), "refused, but not because of us (Invalid token, parse)", 3, none},
		"no answer about a token that never expires":    {never, none, none, none, "unknown", 3, none},
		"a page of HTML to a revocation by id":          {ahead, unknown, unknown, accepted, "STILL ALIVE", 3, html},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			box := sandboxtest.StartInBubble(t)
			url := serve(t, box, func(w http.ResponseWriter, r *http.Request) {
				says := test.artifactory
				switch {
				case r.Method == http.MethodDelete && !strings.HasSuffix(r.URL.Path, "/me"):
					says = test.byID
				case r.Method == http.MethodDelete:
					says = test.revocation
				case strings.HasPrefix(r.URL.Path, "/access/"):
					says = test.access
				}
				if says.status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(says.status)
				_, _ = io.WriteString(w, says.body)
			})
			r := newRunner(t, box, nil)
			status, log := r.run(t.Context(), map[string]string{"TOKEN": jwt(test.ends), "JF_URL": url},
				"frogmint", "revoke", "--token-env", "TOKEN", "--timeout", "2s")
			if status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			wants(t, log, "token 11111111-2222-3333-4444-555555555555: "+test.word)
		}))
	}
}

// TestPost_BelievesNoSingleRefusal: a node that lags behind refuses once what the others know, be it the token or its
// revocation.
func TestPost_BelievesNoSingleRefusal(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{"the token, everywhere": "status=401,times=1", "its revocation": "status=403@revoke,times=2"} {
		t.Run(name, inBubble(func(t *testing.T) {
			box := sandboxtest.StartInBubble(t)
			r := newRunner(t, box, map[string]string{"access-token": box.AdminToken, "groups": "CI"})
			if status, log := r.main(); status != 0 {
				t.Fatalf("%d\n%s", status, log)
			}
			once, err := sandbox.ParseFault(fault)
			if err != nil {
				t.Fatal(err)
			}
			box.Server.SetFaults(once)
			status, log := r.post()
			if status != 0 {
				t.Errorf("exit status %d", status)
			}
			wants(t, log, ": revoked")
			r.only()
		}))
	}
}
