package cli

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// proxy returns the proxy for a request; nil for none. One that can't be read is an error: net/http takes it for none, or
// for another host, and credentials would go another way than the one that was configured.
//
// The error doesn't repeat the variable, which may hold a password.
func (c *Command) proxy(request *http.Request) (*url.URL, error) {
	name, text := c.proxySetting(request.URL.Scheme)
	proxy, err := c.Proxy(request)
	if err != nil || !isProxy(text) {
		return nil, &action.ConfigError{
			Field: name, Reason: "it is not the address of a proxy",
			Fix: "give it as http://HOST:PORT, with special characters of a user name and password percent-encoded (# is %23, / is %2F, @ is %40), or unset it",
		}
	}
	return proxy, nil
}

// proxySetting is the variable from which net/http takes the proxy, and what it holds.
func (c *Command) proxySetting(scheme string) (name, text string) {
	name = strings.ToUpper(scheme) + "_PROXY"
	if text = c.getenv(name); text == "" {
		text = c.getenv(strings.ToLower(name))
	}
	return name, text
}

// proxyVariable names the variable that a proxy came from, for people.
func (c *Command) proxyVariable(proxy *url.URL) string {
	for _, scheme := range []string{"https", "http"} {
		if name, text := c.proxySetting(scheme); text != "" && strings.Contains(text, proxy.Host) {
			return name
		}
	}
	return "the environment"
}

// isProxy reports whether the text, which may lack the scheme, is the address of a proxy and nothing else. With a raw #, / or
// quote in its password it is read as the address of a host named "http" or of a part of the password. An empty one is none.
func isProxy(text string) bool {
	if text == "" {
		return true
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	address, err := url.Parse(text)
	return err == nil && address.Hostname() != "" && address.RawQuery == "" && address.Fragment == "" && strings.Trim(address.Path, "/") == "" &&
		slices.Contains([]string{"http", "https", "socks5", "socks5h"}, address.Scheme)
}
