package cli

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/inputs"
)

// What can't be a variable's name may be the token itself.
func TestVariableName_RepeatsNamesOnly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"AZaz09_-", "TOKEN", strings.Repeat("x", 40)} {
		if got := variableName(name); got != name {
			t.Errorf("%s became %s", name, got)
		}
	}
	for _, name := range []string{strings.Repeat("x", 41), "a.b", "a/b", "a:b", "a@b", "a[b", "a`b", "a{b", "a b", "\u00e9"} {
		if got := variableName(name); got != "NAME" {
			t.Errorf("%s is repeated as %s", name, got)
		}
	}
}

// Each input stands in the help once, with its default and jf's variable for it.
func TestInputsHelp_SaysDefaultsAndVariables(t *testing.T) {
	t.Parallel()
	for _, input := range inputs.List() {
		help := inputsHelp([]string{input.Name})
		want := input.Help
		if input.Default != "" {
			want += " (default " + input.Default + ")"
		}
		if input.JFrog != "" {
			want += " (or " + input.JFrog + ")"
		}
		if fields := strings.Fields(help); strings.Count(help, "--") != 1+strings.Count(input.Help, "--") || fields[3] != "--"+input.Name || !strings.HasSuffix(help, " "+want+"\n") {
			t.Errorf("%s: %q", input.Name, help)
		}
	}
	if all, some := allInputs(), allInputs("url", "groups"); len(all) != len(inputs.List()) || len(some) != len(all)-2 || strings.Contains(strings.Join(some, " ")+" ", "url ") && some[0] == "url" {
		t.Errorf("%d inputs, %d without two", len(all), len(some))
	}
}

// What net/http would take for another host, or for no proxy, is none.
func TestIsProxy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "proxy:3128": true, "http://user:pw@proxy:3128/": true, "https://proxy": true, "socks5://proxy": true, "socks5h://proxy": true,
		"ftp://proxy": false, "http://proxy/path": false, "http://proxy?q": false, "proxy#x": false, "http://": false, "://proxy": false, "http://u:p/w@proxy": false, ":3128": false,
	} {
		if isProxy(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

// A proxy is named by the variable that it came from, in capitals, https first.
func TestProxyVariable_IsNamed(t *testing.T) {
	t.Parallel()
	proxy := &url.URL{Scheme: "http", Host: "proxy:3128"}
	for want, env := range map[string]map[string]string{
		"HTTPS_PROXY":     {"https_proxy": "http://proxy:3128", "HTTP_PROXY": "http://proxy:3128"},
		"HTTP_PROXY":      {"HTTPS_PROXY": "http://other:1", "http_proxy": "proxy:3128"},
		"the environment": {"HTTPS_PROXY": "http://other:1", "NO_PROXY": "proxy:3128"},
	} {
		c := &Command{LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
		if got := c.proxyVariable(proxy); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A token is renewed at two thirds of its life, or a minute before its end, but not before half of it.
func TestRenewal_Times(t *testing.T) {
	t.Parallel()
	for life, want := range map[time.Duration][3]time.Duration{ // renewed after, pause between attempts, overlap
		3 * time.Hour:     {2 * time.Hour, time.Minute, time.Minute},
		time.Hour:         {40 * time.Minute, time.Minute, time.Minute},
		10 * time.Minute:  {6*time.Minute + 40*time.Second, 30 * time.Second, time.Minute},
		3 * time.Minute:   {2 * time.Minute, 9 * time.Second, 30 * time.Second},
		150 * time.Second: {90 * time.Second, 7500 * time.Millisecond, 30 * time.Second},
		2 * time.Minute:   {time.Minute, 6 * time.Second, 30 * time.Second},
		30 * time.Second:  {15 * time.Second, 5 * time.Second, 7500 * time.Millisecond},
	} {
		if got := [3]time.Duration{renewAfter(life), renewalPause(life), overlap(life)}; got != want {
			t.Errorf("%s: got %s, want %s", life, got, want)
		}
	}
}
