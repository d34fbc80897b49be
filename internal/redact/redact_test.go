package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/redact"
)

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	const value = "hunter2-hunter2"
	secret := redact.NewSecret(value)
	nested := struct {
		S redact.Secret
		P *redact.Secret
		M map[string]redact.Secret
	}{secret, &secret, map[string]redact.Secret{"k": secret}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		for _, shown := range []any{secret, &secret, nested, []redact.Secret{secret}, fmt.Errorf("x: %v", secret)} {
			if text := fmt.Sprintf(verb, shown); strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
				t.Errorf("%s of %T prints the secret: %s", verb, shown, text)
			}
		}
	}
	encoded, err := json.Marshal(nested)
	if err != nil || strings.Contains(string(encoded), value) {
		t.Errorf("JSON: %s, %v", encoded, err)
	}
	if secret.Reveal() != value || secret.IsZero() || !redact.NewSecret("").IsZero() {
		t.Error("Reveal or IsZero is wrong")
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in   string
		most int
		want string
	}{
		"plain":              {"Invalid audience", 100, "Invalid audience"},
		"line breaks":        {"a\r\nb\nc", 100, "a b c"},
		"workflow command":   {"\n::set-output name=x::y", 100, ": :set-output name=x: :y"},
		"many colons":        {":::: :::", 100, ": : : : : : :"},
		"old command inside": {"text ##[error]x", 100, "text # #[error]x"},
		"azure":              {"##vso[task.setvariable]x", 100, "# #vso[task.setvariable]x"},
		"teamcity":           {"##teamcity[x]", 100, "# #teamcity[x]"},
		"bidi and zero":      {"a\u202eb\u200bc\u2066d", 100, "a b c d"},
		"escape codes":       {"\x1b[31mred\x07", 100, "[31mred"},
		"invalid UTF-8":      {"a\xffb", 100, "a\uFFFDb"},
		"cut at a rune":      {"ééééé", 8, "éé…"},
		"short bound":        {"abcdef", 2, "…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := redact.Text(test.in, test.most); got != test.want {
				t.Errorf("Text(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "::add-mask::x", "##[set-env name=A]b", ":::", "##vso[x", "a\u2028b", "\xff\xfe", strings.Repeat("é", 99)} {
		f.Add(seed, 50)
	}
	f.Fuzz(func(t *testing.T, in string, most int) {
		most = max(4, most%10_000)
		out := redact.Text(in, most)
		if len(out) > most || !utf8.ValidString(out) || strings.ContainsFunc(out, unicode.IsControl) {
			t.Errorf("Text(%q, %d) = %q", in, most, out)
		}
		for _, command := range []string{"::", "##[", "##vso[", "##teamcity["} {
			if strings.Contains(out, command) {
				t.Errorf("Text(%q) = %q still holds %s", in, out, command)
			}
		}
		if again := redact.Text(out, most); again != out {
			t.Errorf("Text isn't stable: %q, then %q", out, again)
		}
	})
}

func TestURL(t *testing.T) {
	t.Parallel()
	u, err := url.Parse("https://user:pass@host/path?audience=secret&x=1#frag")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := redact.URL(u), "https://host/path?audience=REDACTED&x=REDACTED"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if redact.URL(nil) != "" {
		t.Error("a nil URL has a text")
	}
}

func TestListScrubs(t *testing.T) {
	t.Parallel()
	const token = "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"
	var list redact.List
	list.Add(redact.NewSecret(token), redact.NewSecret("abc"), redact.Secret{}, redact.NewSecret("eyJhbGciOi"))
	for _, form := range []string{token, base64.StdEncoding.EncodeToString([]byte(token)), base64.RawURLEncoding.EncodeToString([]byte(token))} {
		got := list.Scrub("the server said " + form + " is bad")
		if strings.Contains(got, form[:12]) || !strings.Contains(got, "REDACTED") {
			t.Errorf("left in: %s", got)
		}
	}
	if got := list.Scrub("abc stays"); got != "abc stays" {
		t.Errorf("a short secret spoiled the text: %s", got)
	}
}
