package login_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/redact"
)

// FuzzHelper asks every helper about anything: nobody gets the token who doesn't name the host, and no answer is more than one.
func FuzzHelper(f *testing.F) {
	for _, input := range []string{
		"acme.example", "https://acme.example/v2/", "http://acme.example", "https://acme.example@other.example", "https://other.example#acme.example",
		"https://other.example\\@acme.example/", "https://[acme.example]/", "//acme.example", "acme.example:443", "https://acme.example:@acme.example",
		"protocol=https\nhost=acme.example\n", "protocol=https\nhost=acme.example@other.example\n", "host=other.example/acme.example\nprotocol=https",
		`{"uri":"https://acme.example/a"}`, `{"URI":"https://acme.example.other"}`, `{"kind":"get","registry":{"index-url":"sparse+https://acme.example/"}}`,
		`{"kind":"get","registry":{"index-url":"sparse+sparse+https://acme.example"}}`, `[]`, "\x00", "",
	} {
		f.Add("get", input)
		f.Add(input, input)
	}
	f.Fuzz(func(t *testing.T, word, input string) {
		for _, client := range []string{"docker", "git", "go", "cargo", "bazel", "npm"} {
			q := &login.Question{Word: word, Input: input, Grant: login.Grant{Base: "https://acme.example/artifactory", User: "ci-bot", Token: redact.NewSecret("SECRET"), Renewal: 1}}
			text, err := login.Answer(client, q)
			given := strings.Contains(text, "SECRET") || strings.Contains(text, "Y2ktYm90OlNFQ1JFVA==")
			if given && !(client == "go" && word == "") && !namesHost(word+"\n"+input) {
				t.Errorf("%s %q %q: %q", client, word, input, text)
			}
			if err != nil && (text != "" || strings.Contains(err.Error(), "SECRET")) {
				t.Errorf("%s %q %q: %q, %v", client, word, input, text, err)
			}
		}
	})
}

// namesHost is another way to look for the host: some part of a text, by itself or as a URL, is it.
func namesHost(text string) bool {
	separate := func(r rune) bool { return strings.ContainsRune("\n\r\t \"=+", r) }
	for _, part := range strings.FieldsFunc(strings.ToLower(text), separate) {
		for _, address := range []string{part, "https://" + part} {
			if parsed, err := url.Parse(address); err == nil && parsed.Host == "acme.example" {
				return true
			}
		}
	}
	// JSON can write the name in other ways.
	return strings.Contains(text, `\u`)
}
