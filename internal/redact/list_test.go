package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/redact"
)

const jwt = "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg/+="

// forms are the ways to write a value that Scrub must see through, by their names.
func forms(value string) map[string]string {
	_, size := utf8.DecodeRuneInString(value)
	first, rest := value[:size], value[size:]
	found := map[string]string{
		"clear": value, "rewritten by Text": redact.Text(value, 500), "query": url.QueryEscape(value), "path": url.PathEscape(value),
		"percent": each(value, "%%%02x"), "PERCENT": each(value, "%%%02X"), "query, twice": url.QueryEscape(url.QueryEscape(value)),
		"JSON": inJSON(value), "JSON in JSON": inJSON(inJSON(value)), "query in JSON": inJSON(url.QueryEscape(value)), "JSON in a query": url.QueryEscape(inJSON(value)),
		"JSON, ASCII":       inASCII(value),
		"JSON with a slash": strings.ReplaceAll(inJSON(value), "/", `\/`), "Go": strings.Trim(fmt.Sprintf("%q", value), `"`), "Go, ASCII": strings.Trim(fmt.Sprintf("%+q", value), `"`),
		"hex": hex.EncodeToString([]byte(value)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(value))),
		"single quotes": strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(value), "zero width": first + "\u200b" + rest, "zero width in JSON": inJSON(first) + `\u200b` + inJSON(rest), "folded": first + "\r\n" + rest,
		"base64": base64.RawStdEncoding.EncodeToString([]byte(value)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(value)),
	}
	if len(value) >= 16 {
		found["cut off"] = value[:16]
		found["base64, cut off"] = base64.StdEncoding.EncodeToString([]byte(value))[:16]
	}
	return found
}

func each(value, format string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// inASCII escapes as JSON encoders do that write ASCII only.
func inASCII(value string) string {
	var b strings.Builder
	for _, r := range inJSON(value) {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

func inJSON(value string) string {
	text, _ := json.Marshal(value)
	return string(text[1 : len(text)-1])
}

func TestList_ScrubsEveryForm(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{jwt, "two  spaces::##\"quoted\"\\back%41/slash+plus&<\u00e9>", "hunter2", "six666", "tab\tand\nline break", "pass\x01\x1b[31mword", "\U0001F438 \U0001F438 frogs", "\u00e9\u00e9 b\b f\f r\r~", "it's 'quoted'"} {
		var list redact.List
		list.Add(redact.NewSecret(secret))
		for name, form := range forms(secret) {
			if got, want := list.Scrub("said <"+form+">; 100% of \\ and %"), "said <REDACTED>; 100% of \\ and %"; got != want {
				t.Errorf("%s of %q: got %s from %s", name, secret, got, form)
			}
		}
	}
}

// TestList_ScrubsBase64BesideOtherText has the secret beside others, which share characters with it.
func TestList_ScrubsBase64BesideOtherText(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{jwt, "hunter2", "six666", "\xff\xfe\xfb\xef\xbe??>>"} {
		var list redact.List
		list.Add(redact.NewSecret(secret))
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
			for _, before := range []string{"", "u", "u:", "u::"} {
				text := encoding.EncodeToString([]byte(before + secret + "!"))
				got := list.Scrub(text)
				// At the edges stay four characters at the most in front, and two with the padding behind.
				if left := strings.Replace(got, "REDACTED", "", 1); left == got || len(left) > 8 {
					t.Errorf("%q behind %q: %s became %s", secret, before, text, got)
				}
			}
		}
	}
}

func TestList_ScrubsBasicAuthentication(t *testing.T) {
	t.Parallel()
	for password, stays := range map[string]string{"hunter2hunter2": "", "abc": "", "": "bob: and Ym9iOg=="} {
		var list redact.List
		list.AddBasic("bob", redact.NewSecret(password))
		if got := list.Scrub("bob and robots stay"); got != "bob and robots stay" {
			t.Errorf("the user name isn't secret: %s", got)
		}
		text := "bob:" + password + " and " + base64.StdEncoding.EncodeToString([]byte("bob:"+password))
		if got := strings.TrimRight(list.Scrub(text), "="); stays == "" && got != "REDACTED and REDACTED" || stays != "" && got+"==" != stays {
			t.Errorf("%q: %s", password, got)
		}
	}
	var long redact.List
	long.AddBasic("deploy-robot-of-the-team", redact.NewSecret("hunter2hunter2"))
	if got := long.Scrub("deploy-robot-of-the-team with hunter2hunter2"); got != "deploy-robot-of-the-team with REDACTED" {
		t.Error(got)
	}
}

func TestList_KeepsWhatIsNoSecret(t *testing.T) {
	t.Parallel()
	var list redact.List
	if got := list.Scrub(jwt); got != jwt {
		t.Errorf("the zero value changes a text: %s", got)
	}
	list.Add(redact.NewSecret("abc"), redact.NewSecret("token"), redact.Secret{}, redact.NewSecret(jwt), redact.NewSecret("correct horse battery staple"))
	for _, text := range []string{"abc and a token stay, in base64 too: dG9rZW4=", "746f6b656e", "a correct horse", "eyJhbGciOi", base64.StdEncoding.EncodeToString([]byte(jwt))[:15], hex.EncodeToString([]byte(jwt))[:15], `a\b\u12 %zz %4`, "", "\xff\u200b", "a\r\nb", jwt[:15], `\`, `%`, `\x4`, `\U0001F43`, `\ud83d\u12`, `\q`, `%4g%%`} {
		if got := list.Scrub(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	list.Add(redact.NewSecret("eyJhbGciOi"), redact.NewSecret("c2lnbmF0dXJl"))
	if got := list.Scrub("<" + jwt + ">"); got != "<REDACTED>" {
		t.Errorf("a part of a secret that is one itself left its rest behind: %s", got)
	}
}

// TestList_IsQuickOnHostileText has long answers that are nothing but escapes and beginnings of secrets.
func TestList_IsQuickOnHostileText(t *testing.T) {
	t.Parallel()
	var list redact.List
	list.Add(redact.NewSecret(strings.Repeat("a", 2000)+"b"), redact.NewSecret(jwt))
	for _, piece := range []string{"a", `%25`, `\\`, `%25\\`, `\u0025`, jwt[:16], "\u200b", "%5c"} {
		began := time.Now()
		list.Scrub(strings.Repeat(piece, 64<<10/len(piece)))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%q: %s", piece, took)
		}
	}
}

func FuzzScrub(f *testing.F) {
	for _, seed := range []string{"", "%", `\`, `\u`, `\ud83d\udc38`, `%5Cu0068`, "\xff", "a%41\u200b"} {
		f.Add(seed, "hunter2", seed)
	}
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		var list redact.List
		list.Add(redact.NewSecret(secret))
		for name, form := range map[string]string{"clear": secret, "query": url.QueryEscape(secret), "hex": hex.EncodeToString([]byte(secret))} {
			if got := list.Scrub(before + " " + form + " " + after); len(secret) >= 6 && !strings.Contains(got, "REDACTED") {
				t.Errorf("%s: %q became %q", name, form, got)
			}
		}
	})
}
