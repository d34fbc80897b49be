package redact_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/internal/redact"
)

// hiding has a secret where fmt calls no method of it.
type hiding struct{ secret redact.Secret }

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	const value = "hunter2-hunter2"
	secret := redact.NewSecret(value)
	nested := struct {
		S redact.Secret
		P *redact.Secret
		M map[string]redact.Secret
	}{secret, &secret, map[string]redact.Secret{"k": secret}}
	shown := []any{
		secret, &secret, nested, []redact.Secret{secret}, fmt.Errorf("x: %v", secret), hiding{secret}, &hiding{secret}, []hiding{{secret}},
		map[string]hiding{"k": {secret}}, map[redact.Secret]int{secret: 1}, struct{ inner any }{hiding{secret}}, struct{ p *hiding }{&hiding{secret}},
	}
	for verb := ' '; verb <= '~'; verb++ { // those that fmt doesn't know too: it prints what they were given
		for _, flags := range []string{"", "+", "#", " ", "0", "#+", "30", ".9"} {
			format := "%" + flags + string(verb)
			for _, one := range shown {
				text := fmt.Sprintf(format, one)
				for _, form := range []string{value, fmt.Sprintf("%x", value), fmt.Sprintf("% x", value), "[104 117 110", "0x68"} {
					if strings.Contains(strings.ToLower(text), form) {
						t.Errorf("%s of %T prints the secret: %s", format, one, text)
					}
				}
			}
		}
	}
	encoded, err := json.Marshal(nested)
	if err != nil || strings.Contains(string(encoded), value) {
		t.Errorf("JSON: %s, %v", encoded, err)
	}
}

func TestSecretsAreTheirValues(t *testing.T) {
	t.Parallel()
	const value = "hunter2-hunter2"
	secret, same, other, none := redact.NewSecret(value), redact.NewSecret(strings.Clone(value)), redact.NewSecret("hunter3"), redact.NewSecret("")
	if secret.Reveal() != value || none.Reveal() != "" || secret.IsZero() || !none.IsZero() {
		t.Error("Reveal or IsZero is wrong")
	}
	if !secret.Equal(same) || secret != same || secret.Equal(other) || secret == other || secret.Equal(none) || !none.Equal(redact.Secret{}) {
		t.Error("equal values aren't equal secrets, or others are")
	}
	if !cmp.Equal(nesting{secret}, nesting{same}) || cmp.Equal(nesting{secret}, nesting{other}) || !reflect.DeepEqual(nesting{secret}, nesting{same}) {
		t.Error("a struct isn't compared by its secrets' values")
	}
}

type nesting struct{ S redact.Secret }

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
