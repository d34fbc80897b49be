package sandbox_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

func TestTokenForm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		object := c.mint(`{"username":"Job-1","scope":"applied-permissions/groups:CI","expires_in":600,"force_revocable":true}`)
		token := object["access_token"].(string)
		head := decodeSegment(t, strings.Split(token, ".")[0])
		if head["ver"] != "2" || head["typ"] != "JWT" || head["alg"] != "RS256" || head["kid"] == "" || len(head) != 4 {
			t.Errorf("header %v", head)
		}
		held := claims(t, token)
		issuer, _ := held["iss"].(string)
		if !regexp.MustCompile(`^jfac@01[0-9a-z]{24}$`).MatchString(issuer) {
			t.Errorf("iss %q", issuer)
		}
		issued := float64(time.Now().Unix())
		want := map[string]any{
			"ext": `{"revocable":"true"}`, "sub": issuer + "/users/job-1", "scp": "applied-permissions/groups:CI",
			"aud": "*@*", "iss": issuer, "exp": issued + 600, "iat": issued, "jti": object["token_id"],
		}
		if !reflect.DeepEqual(held, want) {
			t.Errorf("claims %v\nwant %v", held, want)
		}
		several := claims(t, c.token(`{"audience":"jfrt@* jfac@*","expires_in":0}`))
		if !reflect.DeepEqual(several["aud"], []any{"jfrt@*", "jfac@*"}) {
			t.Errorf("aud %v", several["aud"])
		}
		for _, name := range []string{"exp", "ext"} {
			if _, has := several[name]; has {
				t.Errorf("%s in a token that never expires and wasn't forced", name)
			}
		}
	})
}

func TestTokenHasOneAlphabet(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, name := range []string{"a?b~c", "~~~~", "????", "ÿÿ?ž", "日本語~", "😀?>", "a\\b"} {
		for pad := range 3 {
			user := name + strings.Repeat("x", pad)
			token := c.token(`{"username":"` + strings.ReplaceAll(user, `\`, `\\`) + `"}`)
			if segment := strings.Split(token, ".")[1]; strings.ContainsAny(segment, "-_+/=") {
				t.Errorf("user %q: the claims' base64 depends on the alphabet: %s", user, segment)
			}
			if sub := claims(t, token)["sub"].(string); !strings.HasSuffix(sub, "/users/"+user) {
				t.Errorf("sub %q, want user %q", sub, user)
			}
		}
	}
}

func TestCertRootSignsTokens(t *testing.T) {
	t.Parallel()
	c := start(t)
	got := c.do(http.MethodGet, "/access/api/v1/cert/root") // open to everybody
	got.want(t, http.StatusOK)
	der, err := base64.StdEncoding.DecodeString(got.text)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(root.Subject.CommonName, "JFrog Token Issuer jfac@") {
		t.Errorf("CN %q", root.Subject.CommonName)
	}
	parts := strings.Split(c.box.AdminToken, ".")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(root.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature); err != nil {
		t.Error(err)
	}
	formatted := c.do(http.MethodGet, "/access/api/v1/cert/root?formatted=true", c.admin())
	if !strings.HasPrefix(formatted.text, "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("formatted %q", formatted.text)
	}
}

func TestForgedToken(t *testing.T) {
	t.Parallel()
	c, other := start(t), start(t)
	parts := strings.Split(c.box.AdminToken, ".")
	encode := base64.RawURLEncoding.EncodeToString
	none := encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	hmacHead := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + parts[1]
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte(hmacHead))
	for name, tt := range map[string]struct{ token, reason string }{
		"another installation's": {other.box.AdminToken, "signature"},
		"none":                   {none, "signature"},
		"hmac":                   {hmacHead + "." + encode(mac.Sum(nil)), "signature"},
		"changed claims":         {parts[0] + "." + encode([]byte(`{"sub":"x","jti":"y"}`)) + "." + parts[2], "signature"},
		"no signature":           {parts[0] + "." + parts[1] + ".", "signature"},
		"four parts":             {c.box.AdminToken + ".x", "parse"},
		"not JSON":               {"x.y.z", "parse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := c.with(t)
			c.do(http.MethodGet, tokensAPI+"/me", bearer(tt.token)).
				wantJSON(t, http.StatusUnauthorized, accessErrors("UNAUTHORIZED", "Invalid token, "+tt.reason))
			c.do(http.MethodGet, versionAt, bearer(tt.token)).
				wantJSON(t, http.StatusUnauthorized, artifactoryErrors(401, "Token failed verification: "+tt.reason))
		})
	}
}

func TestTokenDies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		short := c.token(`{"scope":"applied-permissions/groups:CI","expires_in":60}`)
		c.do(http.MethodGet, versionAt, bearer(short)).want(t, http.StatusOK)
		time.Sleep(59 * time.Second)
		c.do(http.MethodGet, versionAt, bearer(short)).want(t, http.StatusOK)
		time.Sleep(time.Second)
		c.do(http.MethodGet, tokensAPI+"/me", bearer(short)).
			wantJSON(t, http.StatusUnauthorized, accessErrors("UNAUTHORIZED", "Invalid token, expired"))
		c.do(http.MethodGet, versionAt, bearer(short)).
			wantJSON(t, http.StatusUnauthorized, artifactoryErrors(401, "Token failed verification: expired"))
		if live := c.box.Server.LiveTokens(); len(live) != 0 {
			t.Errorf("live %v", live)
		}
	})
}

func TestAudience(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		version, audience   string
		me, byID, inVersion int
	}{
		{"7.67.0", "*@*", 200, 200, 200},
		{"7.67.0", "jfrt@*", 401, 401, 200},
		{"7.68.0", "jfrt@*", 200, 401, 200},
		{"7.68.0", "jfac@*", 200, 200, 401},
		{"7.68.0", "jfac@* jfrt@*", 200, 200, 200},
		{"7.68.0", "jfac@someother", 200, 401, 401},
		{"7.68.0", "*@someother", 200, 401, 401},
	} {
		t.Run(tt.version+" "+tt.audience, func(t *testing.T) {
			t.Parallel()
			c := start(t, sandbox.WithVersion(tt.version))
			made := c.mint(`{"expires_in":0,"audience":"` + tt.audience + `"}`)
			auth := bearer(made["access_token"].(string))
			c.do(http.MethodGet, tokensAPI+"/me", auth).want(t, tt.me)
			c.do(http.MethodGet, tokensAPI+"/"+made["token_id"].(string), auth).want(t, tt.byID)
			c.do(http.MethodGet, versionAt, auth).want(t, tt.inVersion)
		})
	}
}

func TestReferenceToken(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.mint(`{"username":"robot","expires_in":300,"include_reference_token":true}`)
	reference := made["reference_token"].(string)
	if !regexp.MustCompile(`^cmVmd[A-Za-z0-9]{59}$`).MatchString(reference) {
		t.Fatalf("reference %q", reference)
	}
	text, err := base64.StdEncoding.DecodeString(reference)
	if err != nil || !regexp.MustCompile(`^reftkn:01:\d{10}:[A-Za-z0-9]{27}$`).Match(text) {
		t.Errorf("reference %q: %v", text, err)
	}
	for name, auth := range map[string]edit{
		"bearer": bearer(reference), "basic": basic("robot", reference), "any user": basic("x", reference),
		"api key": header("X-JFrog-Art-Api", reference),
	} {
		if got := c.do(http.MethodGet, versionAt, auth); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	// A reference token lives in the database, so even a short one is shown.
	c.do(http.MethodGet, tokensAPI+"/me", bearer(reference)).want(t, http.StatusOK)
	forever := c.mint(`{"expires_in":0,"include_reference_token":true}`)["reference_token"].(string)
	if text, _ := base64.StdEncoding.DecodeString(forever); !strings.HasPrefix(string(text), "reftkn:01:0000000000:") {
		t.Errorf("reference %q", text)
	}
	c.do(http.MethodGet, versionAt, header("X-JFrog-Art-Api", "cmVmdGtuOjAx")).
		wantJSON(t, http.StatusUnauthorized, artifactoryErrors(401, "Props Authentication Token not found"))
}

func TestLiveTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		if live := c.box.Server.LiveTokens(); len(live) != 0 {
			t.Fatalf("live at start: %v", live)
		}
		made := c.mint(`{"username":"job","scope":"applied-permissions/groups:CI","expires_in":300,"description":"d"}`)
		time.Sleep(time.Second)
		c.exchange("github").want(t, http.StatusOK)
		live := c.box.Server.LiveTokens()
		if len(live) != 2 {
			t.Fatalf("live %v", live)
		}
		start := time.Now().Add(-time.Second).UTC()
		subject := claims(t, made["access_token"].(string))["sub"].(string)
		want := sandbox.TokenInfo{
			ID: made["token_id"].(string), Subject: subject, Username: "job", Scope: "applied-permissions/groups:CI",
			Description: "d", IssuedAt: start, ExpiresAt: start.Add(300 * time.Second),
		}
		if live[0] != want {
			t.Errorf("got %+v\nwant %+v", live[0], want)
		}
		if names := []string{live[0].Username, live[1].Username}; !slices.Equal(names, []string{"job", "ci-bot"}) {
			t.Errorf("names %v", names)
		}
	})
}
