package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/redact"
)

const findToken = "eyJ2ZXIiOiIyIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJl"

func TestCredentials_InFindsEveryUsualForm(t *testing.T) {
	t.Parallel()
	const password = "p@ss/wor:d"
	basic := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	dockerConfig, _ := json.Marshal(map[string]any{"auths": map[string]any{"acme.jfrog.io": map[string]string{"auth": basic("admin:" + findToken)}}})
	token := redact.Credentials{Token: redact.NewSecret(findToken)}
	user := redact.Credentials{User: "admin", Password: redact.NewSecret(password)}
	for text, who := range map[string]redact.Credentials{
		findToken: token, "Authorization: Bearer " + findToken: token, "--access-token=" + findToken: token, "x" + findToken + "x": token,
		"curl -u admin:" + findToken + " https://acme.jfrog.io": token, "Authorization: Basic " + basic("admin:"+findToken): token,
		"//acme.jfrog.io/:_auth=" + basic("admin:"+findToken): token, string(dockerConfig): token, base64.RawURLEncoding.EncodeToString([]byte(findToken)): token,
		strings.ReplaceAll(findToken, ".", "%2E"): token, `{"token":"` + strings.ReplaceAll(findToken, ".", `\u002e`) + `"}`: token,

		password: user, "--password=" + password: user, "admin:" + password: user, "https://admin:" + url.QueryEscape(password) + "@acme.jfrog.io": user,
		"https://x/?password=" + password + "&a=b": user, "Basic " + basic("admin:"+password): user, "sh -c 'curl -u admin:" + password + " x'": user,
		"docker login -u admin -p " + password + " acme.jfrog.io": user, `{"password":"` + password + `"}`: user, "date +%s; echo " + url.QueryEscape(password): user,
	} {
		if !who.In(text) {
			t.Errorf("not found in %s", text)
		}
	}
}

func TestCredentials_InFindsNothingByChance(t *testing.T) {
	t.Parallel()
	common := redact.Credentials{User: "admin", Password: redact.NewSecret("password")}
	for text, who := range map[string]redact.Credentials{
		"password-file": common, "--password-file=x": common, "--mode=password-file": common, "the password is wrong": common, "user:passwords": common, "admin": common,
		"abc": {User: "u", Password: redact.NewSecret("abc")}, "u:abc": {User: "u", Password: redact.NewSecret("abc")},
		"a short token": {Token: redact.NewSecret("short")}, "": {}, "x=": {User: "admin"},
		// All of JFrog's JWTs begin alike.
		findToken[:40] + "-of-another-one": {Token: redact.NewSecret(findToken)},
	} {
		if who.In(text) {
			t.Errorf("found in %q", text)
		}
	}
	if !(redact.Credentials{Token: redact.NewSecret("short")}).In("short") {
		t.Error("a short token isn't found where it is the whole text")
	}
}
