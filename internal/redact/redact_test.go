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

// hiding and hidingClear have a secret where fmt calls no method of it.
type (
	hiding      struct{ secret redact.Secret }
	hidingClear struct{ secret redact.Clear }
)

const value = "hunter2-hunter2"

// kinds are values that hold a secret in every way in which fmt reaches one.
func kinds() []any {
	secret := redact.NewSecret(value)
	bare := redact.Clear{Secret: secret}
	return []any{
		secret, &secret, []redact.Secret{secret}, map[string]redact.Secret{"k": secret}, map[redact.Secret]int{secret: 1}, fmt.Errorf("x: %v", secret),
		struct {
			S redact.Secret
			P *redact.Secret
		}{secret, &secret},
		hiding{secret}, &hiding{secret}, []hiding{{secret}}, map[string]hiding{"k": {secret}}, struct{ inner any }{hiding{secret}}, struct{ p *hiding }{&hiding{secret}},
		bare, &bare, []redact.Clear{bare}, map[string]redact.Clear{"k": bare}, map[redact.Clear]int{bare: 1}, fmt.Errorf("x: %v", bare),
		struct {
			C redact.Clear
			P *redact.Clear
		}{bare, &bare},
		hidingClear{bare}, &hidingClear{bare}, []hidingClear{{bare}}, struct{ inner any }{hidingClear{bare}}, struct{ p *hidingClear }{&hidingClear{bare}},
	}
}

func TestSecret_NeverPrints(t *testing.T) {
	t.Parallel()
	leaks := []string{value, fmt.Sprintf("%x", value), fmt.Sprintf("% x", value), "[104 117 110", "0x68"}
	for verb := ' '; verb <= '~'; verb++ { // those that fmt doesn't know too: it prints what they were given
		for _, flags := range []string{"", "+", "#", " ", "0", "#+", "30", ".9"} {
			format := "%" + flags + string(verb)
			for _, one := range kinds() {
				text := strings.ToLower(fmt.Sprintf(format, one))
				for _, leak := range leaks {
					if strings.Contains(text, leak) {
						t.Errorf("%s of %T prints the secret: %s", format, one, text)
					}
				}
			}
		}
	}
}

func TestSecret_PrintsAPlaceholder(t *testing.T) {
	t.Parallel()
	secret := redact.NewSecret(value)
	for _, one := range []any{secret, &secret, redact.Clear{Secret: secret}, redact.Secret{}, redact.Clear{}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T: %[1]v"} {
			if got := fmt.Sprintf(format, one); !strings.HasSuffix(got, "REDACTED") {
				t.Errorf("%s of %T: %s", format, one, got)
			}
		}
		if got := fmt.Sprint(one); got != "REDACTED" {
			t.Errorf("Sprint of %T: %s", one, got)
		}
	}
	if got := secret.String(); got != "REDACTED" {
		t.Errorf("String: %s", got)
	}
}

// stored is a struct as the saved state is one: what is written in clear stands beside what never is.
type stored struct {
	Token redact.Clear   `json:"token"`
	None  redact.Clear   `json:"none,omitzero"`
	More  []redact.Clear `json:"more"`
	Input redact.Secret  `json:"input"`
}

func TestClear_IsWrittenInClearAndSecretIsNot(t *testing.T) {
	t.Parallel()
	before := stored{
		Token: redact.Clear{Secret: redact.NewSecret(value)}, Input: redact.NewSecret("never written"),
		More: []redact.Clear{{Secret: redact.NewSecret("\"<é>\n")}, {}},
	}
	encoded, err := json.Marshal(before)
	if want := `{"token":"hunter2-hunter2","more":["\"\u003cé\u003e\n",""],"input":"REDACTED"}`; err != nil || string(encoded) != want {
		t.Fatalf("got %s, %v, want %s", encoded, err, want)
	}
	var after stored
	if err := json.Unmarshal(encoded, &after); err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(after.Token, before.Token) || !cmp.Equal(after.More, before.More) || !after.None.IsZero() || !after.More[1].IsZero() {
		t.Errorf("what was written in clear came back as another: %s", after.Token.Reveal())
	}
	if after.Input.Reveal() != "REDACTED" {
		t.Errorf("a secret came back as %q", after.Input.Reveal())
	}
	for _, kind := range []any{before.Input, &before.Input, map[redact.Secret]redact.Secret{before.Input: before.Input}, hiding{before.Input}} {
		if encoded, err := json.Marshal(kind); err != nil || strings.Contains(string(encoded), "never written") {
			t.Errorf("JSON of %T: %s, %v", kind, encoded, err)
		}
	}
}

func TestSecret_EqualsByValue(t *testing.T) {
	t.Parallel()
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

func TestText_FitsOnOneLineWithoutCommands(t *testing.T) {
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
		"spaces at the ends": {" a ", 100, "a"},
		"spaces in a row":    {"a  b   c", 100, "a b c"},
		"bidi and zero":      {"a\u202eb\u200bc\u2066d", 100, "a b c d"},
		"private use":        {"a\ue000b\U000f0000c", 100, "a b c"},
		"escape codes":       {"\x1b[31mred\x07", 100, "[31mred"},
		"invalid UTF-8":      {"a\xffb", 100, "a\uFFFDb"},
		"cut at a rune":      {"ééééé", 8, "éé…"},
		"short bound":        {"abcdef", 2, "…"},
		"as long as allowed": {"abcdef", 6, "abcdef"},
		"a byte too long":    {"abcdefg", 6, "abc…"},
		"a space in front":   {" ab", 100, "ab"},
		"a space behind":     {"ab ", 100, "ab"},
		"hashes only":        {"a##b", 100, "a# #b"},
		"colons only":        {"a::b", 100, "a: :b"},
		"all of ASCII":       {"!~0 z", 100, "!~0 z"},
		"beside ASCII":       {"a\x1fb\x7fc\u0080d\u00a1e", 100, "a b c d\u00a1e"},
		"line separators":    {"a\u2028b\u2029c", 100, "a b c"},
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

func TestURL_ShowsNoCredentials(t *testing.T) {
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

// Line changes nothing but what doesn't fit on a line.
func TestLine_KeepsAValueAsItIs(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" a  b ": " a  b ", "::x ##y": "::x ##y", "a\r\nb": "a  b", "a\u202eb\xff": "a b\uFFFD", "0123456789": "0123456789", "0123456789a": "0123456…", "\u00e9\n": "\u00e9 ", "": "",
	} {
		if got := redact.Line(in, 10); got != want {
			t.Errorf("Line(%q) = %q", in, got)
		}
	}
}
