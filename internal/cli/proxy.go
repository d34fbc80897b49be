package cli

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// proxy returns the proxy for a request; nil for none. One that can't be read is an error: net/http takes it for none, and
// credentials would go another way than the one that was configured.
//
// The error doesn't repeat the variable, which may hold a password.
func (c *Command) proxy(request *http.Request) (*url.URL, error) {
	name := strings.ToUpper(request.URL.Scheme) + "_PROXY"
	proxy, err := c.Proxy(request)
	if err != nil || !isProxy(cmp.Or(c.getenv(name), c.getenv(strings.ToLower(name)))) {
		return nil, &action.InputError{
			Input: name, What: "it is not the address of a proxy",
			Do: "give it as http://HOST:PORT, with special characters of a password percent-escaped, or unset it",
		}
	}
	return proxy, nil
}

// isProxy reports whether net/http would take the text, which may lack the scheme, for a proxy. An empty one is none.
func isProxy(text string) bool {
	if text == "" {
		return true
	}
	if address, err := url.Parse(text); err == nil && address.Scheme != "" && address.Host != "" {
		return true
	}
	_, err := url.Parse("http://" + text)
	return err == nil
}
