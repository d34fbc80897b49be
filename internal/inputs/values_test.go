package inputs_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/frogmint/frogmint/action"
)

// TestLoad_ReadsGroups: commas, lines, JFrog's quotes, and the lists of YAML and JSON.
func TestLoad_ReadsGroups(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`CI`:                      {"CI"},
		"CI, readers,,\n writers": {"CI", "readers", "writers"},
		`"a,b",c d`:               {"a,b", "c d"},
		`["CI","readers"]`:        {"CI", "readers"},
		`[ "CI" , "a b" ]`:        {"CI", "a b"},
		`["CI","a,b",""]`:         {"CI", "a,b"},
		`[CI, readers]`:           {"CI", "readers"},
		`[CI]`:                    {"CI"},
		"[\n  CI,\n  a b,\n]":     {"CI", "a b"},
		`['CI', 'a, b']`:          {"CI", "a, b"},
		`["bob's", x]`:            {"bob's", "x"},
		`[CI, "a, b"]`:            {"CI", "a, b"},
		`"[CI]",x`:                {"[CI]", "x"},
		`CI," "`:                  {"CI"},
		`bob's,-x`:                {"bob's", "-x"},
		`*`:                       {"*"},
	} {
		got := mustLoad(t, with("INPUT_GROUPS", text)).Config.Groups
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestLoad_RefusesGroups(t *testing.T) {
	t.Parallel()
	const fix = `put a name with a comma or a bracket in double quotes: CI,"a,b"`
	for text, want := range map[string]string{
		`CI,"a`:           "a quote that isn't closed",
		`a"b`:             `name "a\"b" holds a quote`,
		`["a\"b"]`:        "a list in brackets that can't be read",
		`"a"b`:            `text behind the closing quote of name "a"`,
		"CI,\"a\nb\"":     `name "a\nb" holds a control character`,
		`[CI, readers`:    "a list in brackets that can't be read",
		`[[CI], readers]`: "a list in brackets that can't be read",
		`[a],[b]`:         "a list in brackets that can't be read",
		`[{a: b}]`:        "a list in brackets that can't be read",
		`[it's, b's]`:     `name "it\"s" holds a quote`,
		"- CI\n- readers": `name "- CI" is written as in YAML`,
		`'CI','readers'`:  `name "'CI'" is written as in YAML`,
	} {
		_, err := load(t, with("INPUT_GROUPS", text))
		wantProblem(t, err, "input groups: "+want, fix)
	}
	_, err := load(t, with("INPUT_GROUPS", "a\xff"))
	wantProblem(t, err, "input groups: it is not UTF-8 text", "UTF-8")
}

func TestLoad_ReadsExpiry(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": 0, "0": action.NeverExpires, "0s": action.NeverExpires, "00": action.NeverExpires, "platform": action.PlatformExpiry,
		"1": time.Second, "600": 10 * time.Minute, "45m": 45 * time.Minute, "1h30m": 90 * time.Minute, "3153600000": 876000 * time.Hour,
	} {
		if got := mustLoad(t, with("INPUT_EXPIRY", text)).Config.Expiry; got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]time.Duration{"1": time.Second, "3600": time.Hour, "1h": time.Hour, "1m30s": 90 * time.Second} {
		if got := mustLoad(t, with("INPUT_TIMEOUT", text)).Config.Timeout; got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzLoad_Groups: what was read is read again from JFrog's form and from JSON, and holds nothing that a scope can't.
func FuzzLoad_Groups(f *testing.F) {
	for _, text := range []string{"CI, readers", `"a,b"`, `["CI","readers"]`, "[CI, 'a b']", "- CI", `[""]`, "'x'", `["\u00e9"]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		config, err := load(t, with("INPUT_GROUPS", text))
		names := config.Config.Groups
		if err != nil {
			if names != nil {
				t.Errorf("failed and returned %q", names)
			}
			return
		}
		if (len(names) == 0) != (strings.TrimSpace(text) == "") {
			t.Fatalf("%q are %q", text, names)
		}
		for _, name := range names {
			if strings.TrimSpace(name) == "" || strings.Contains(name, `"`) || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
				t.Errorf("name %q", name)
			}
		}
		quoted := `"` + strings.Join(names, `","`) + `"`
		array, err := json.Marshal(names)
		if err != nil {
			t.Fatal(err)
		}
		forms := []string{quoted, "[" + quoted + "]"}
		if !strings.ContainsAny(string(array), `\`) {
			forms = append(forms, string(array))
		}
		for _, form := range forms {
			if len(names) == 0 || strings.HasPrefix(form, "[") && strings.ContainsAny(strings.Join(names, ""), `[]{}\`) {
				continue
			}
			again, err := load(t, with("INPUT_GROUPS", form))
			if err != nil || !slices.Equal(again.Config.Groups, names) {
				t.Errorf("%q gave %q, and %q gives %q, %v", text, names, form, again.Config.Groups, err)
			}
		}
	})
}

// FuzzLoad_Expiry: what was read is whole seconds within bounds, and is read again from its number of seconds.
func FuzzLoad_Expiry(f *testing.F) {
	for _, text := range []string{"", "0", "platform", "1h", "3153600000", "-1", "1.5s", "9223372036854775807", "2562047h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := load(t, with("INPUT_EXPIRY", text))
		life := got.Config.Expiry
		seconds := strconv.FormatInt(int64(life/time.Second), 10)
		switch {
		case err != nil || life == 0 || life == action.PlatformExpiry:
			if (life == 0) != (err != nil || strings.TrimSpace(text) == "") || life == action.PlatformExpiry && strings.TrimSpace(text) != "platform" {
				t.Errorf("%q is %s, %v", text, life, err)
			}
			return
		case life == action.NeverExpires:
			seconds = "0"
		case life < time.Second || life%time.Second != 0 || life > 876000*time.Hour:
			t.Errorf("%q is %s", text, life)
		}
		if again := mustLoad(t, with("INPUT_EXPIRY", seconds)).Config.Expiry; again != life {
			t.Errorf("%q is %s, and %s is %s", text, life, seconds, again)
		}
	})
}
