package action

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

const urlHint = "give the platform's base URL, such as https://acme.jfrog.io"

// url reads the platform's base URL. Credentials in it are refused: it goes into logs and outputs.
func (r *reader) url(value string, allowHTTP bool) *url.URL {
	if value == "" {
		return nil // creator says whether jf's configuration has one
	}
	if len(value) > 2048 {
		r.wrong("url", fmt.Sprintf("%d bytes, more than 2048", len(value)), urlHint)
		return nil
	}
	base, err := url.Parse(value)
	if err != nil || base.Host == "" || base.Opaque != "" {
		// The parser's words repeat the value, in which a password may stand.
		r.wrong("url", "it is not a URL", urlHint)
		return nil
	}
	what := ""
	switch {
	case base.User != nil:
		what = "it holds a user name or password"
	case base.RawQuery != "" || base.Fragment != "":
		what = "it has a query or a fragment"
	case base.Scheme != "https" && base.Scheme != "http":
		what = fmt.Sprintf("its scheme is %q", shown(base.Scheme))
	case base.Scheme == "http" && !allowHTTP && !loopback(base.Hostname()):
		r.wrong("url", fmt.Sprintf("http to %q, which isn't this machine, would show the credentials to the network", shown(base.Hostname())),
			"use https, or set allow-http to true where the way to the platform is safe")
		return nil
	case hasServicePath(base.Path):
		what = fmt.Sprintf("its path %q is that of one service", shown(base.Path))
	}
	if what != "" {
		r.wrong("url", what, urlHint)
		return nil
	}
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), ""
	return base
}

func hasServicePath(path string) bool {
	path = strings.TrimRight(path, "/")
	return strings.HasSuffix(path, "/artifactory") || strings.HasSuffix(path, "/access") || strings.HasSuffix(path, "/ui")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
