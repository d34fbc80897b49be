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
		strings.ReplaceAll(findToken, ".", "%2E") + ` \u0041 %41 \n`:                 token, // found in one way of reading, and there are others
		strings.Replace(strings.Replace(findToken, ".", "%2E", 1), ".", `\u002e`, 1): token, strings.Replace(findToken, ".", "%2E\u200b", 1) + ` \u0041`: token,

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

// A password counts where one is usually written: a common word elsewhere is only a word. What is too short is none.
func TestCredentials_InKnowsThePlacesOfAPassword(t *testing.T) {
	t.Parallel()
	const six, nine, ten = "s3cret", "s3cretive", "s3cretive!"
	for text, want := range map[string][3]bool{ // of six, nine and ten characters
		"PW": {true, true, true}, "u:PW": {true, true, true}, "xu:PWx": {true, true, true}, "v:PWx": {},
		"a=PW": {true, true, true}, "a:PW": {true, true, true}, `a="PW"`: {true, true, true}, "a='PW'": {true, true, true}, "a=PW&b": {true, true, true}, "a=PW@b": {true, true, true},
		`"PW"`: {}, "'PW": {}, `xx"PW"`: {}, "a=PW/": {}, "PW=": {}, "-PW": {}, "x PW=PW": {true, true, true}, "PW x": {false, false, true}, "PW;": {false, false, true}, "a=PW;": {false, false, true},
		" PW": {false, false, true}, `x 'PW' x`: {false, false, true}, "xPW PWx PW": {false, false, true},
	} {
		for i, password := range []string{six, nine, ten} {
			who := redact.Credentials{User: "u", Password: redact.NewSecret(password)}
			if text := strings.ReplaceAll(text, "PW", password); who.In(text) != want[i] {
				t.Errorf("in %q: %t", text, !want[i])
			}
			encoded := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(text, "PW", password)))
			if got := who.In("x " + encoded + ", x"); got != want[i] {
				t.Errorf("in base64 of %q: %t", text, got)
			}
		}
	}
	for _, blank := range []string{"\t", "\n", "\f", "\r"} {
		encoded := base64.StdEncoding.EncodeToString([]byte("x" + blank + ten + blank))
		if !(redact.Credentials{User: "u", Password: redact.NewSecret(ten)}).In(encoded) {
			t.Errorf("not found between %q", blank)
		}
	}
	for user, want := range map[string]bool{"s3cre": false, "s3cret": true} {
		if (redact.Credentials{User: "u", Password: redact.NewSecret(user)}).In("u:"+user) != want {
			t.Errorf("%s: %t", user, !want)
		}
	}
	for token, want := range map[string]bool{"fifteen-letters": false, "sixteen-letters-": true} {
		who := redact.Credentials{Token: redact.NewSecret(token)}
		if !who.In(token) || who.In("x"+token) != want {
			t.Errorf("%s: %t", token, !want)
		}
	}
}

// Every character of both alphabets belongs to a word in base64, and none beside them.
func TestCredentials_InReadsBothAlphabetsOfBase64(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for word, encoding := range map[string]*base64.Encoding{alphabet: base64.StdEncoding, strings.NewReplacer("+", "-", "/", "_").Replace(alphabet): base64.URLEncoding} {
		token, err := encoding.DecodeString(word)
		if err != nil {
			t.Fatal(err)
		}
		who := redact.Credentials{Token: redact.NewSecret(string(token))}
		for _, beside := range " @[`{/:*,.^=\"" {
			if string(beside) != "/" && !who.In("xxxx"+string(beside)+word+string(beside)+"xxxx") {
				t.Errorf("not found between %q", beside)
			}
		}
	}
}
