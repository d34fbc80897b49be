package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Endpoint names a place where a fault can stand.
type Endpoint string

// The endpoints a fault can be tied to. Everything else, the pings and the administration, never misbehaves.
const (
	EndpointIDToken    Endpoint = "idtoken"
	EndpointExchange   Endpoint = "exchange"
	EndpointMint       Endpoint = "mint" // refreshing too
	EndpointLegacyMint Endpoint = "legacy-mint"
	EndpointList       Endpoint = "list"
	EndpointGet        Endpoint = "get"
	EndpointProbe      Endpoint = "probe"  // GET tokens/me
	EndpointRevoke     Endpoint = "revoke" // by id, as me, by value, and by the older API
	EndpointArtifact   Endpoint = "artifact"
	EndpointVersion    Endpoint = "version"
)

func endpoints() []Endpoint {
	return []Endpoint{
		EndpointIDToken, EndpointExchange, EndpointMint, EndpointLegacyMint, EndpointList, EndpointGet, EndpointProbe,
		EndpointRevoke, EndpointArtifact, EndpointVersion,
	}
}

// route is one line of the table. In the path {name} stands for one segment, {name...} for the rest.
type route struct {
	endpoint Endpoint
	method   string
	path     string
	since    version
	serve    func(*call) error
}

// compiled is a route that the release has, its path cut up.
type compiled struct {
	route
	segments []string
}

const (
	tokensPath   = "/access/api/v1/tokens" //nolint:gosec // a path
	oidcPath     = "/access/api/v1/oidc"
	legacyPath   = "/artifactory/api/security/token"
	issuerPath   = "/oidc-issuer"
	idTokenPath  = issuerPath + "/idtoken"
	jwksPath     = issuerPath + "/.well-known/jwks"
	discoverPath = "/.well-known/openid-configuration"
)

// compile drops what the release doesn't have. JFrog's cloud had OIDC a little earlier than installations.
func compile(table []route, at version, cloud bool) []compiled {
	var routes []compiled
	for _, r := range table {
		if cloud && r.since == oidcSince {
			r.since = oidcCloudSince
		}
		if r.since <= at {
			routes = append(routes, compiled{r, strings.Split(r.path, "/")})
		}
	}
	return routes
}

// find returns the first route that fits the request.
func (s *Server) find(r *http.Request) (*route, map[string]string) {
	segments := splitPath(r.URL)
	for i := range s.routes {
		if s.routes[i].method != r.Method {
			continue
		}
		if params, ok := match(s.routes[i].segments, segments); ok {
			return &s.routes[i].route, params
		}
	}
	return nil, nil
}

// unrouted is the answer where no route fits: 405 if another method would.
func (s *Server) unrouted(r *http.Request) error {
	segments := splitPath(r.URL)
	known := slices.ContainsFunc(s.routes, func(rt compiled) bool {
		_, ok := match(rt.segments, segments)
		return ok
	})
	if known {
		return plain(http.StatusMethodNotAllowed)
	}
	return plain(http.StatusNotFound)
}

// splitPath cuts before it unescapes, so that an escaped slash stays inside its segment. One trailing slash is
// dropped; empty segments are kept, and fit nothing.
func splitPath(u *url.URL) []string {
	segments := strings.Split(strings.TrimSuffix(u.EscapedPath(), "/"), "/")
	for i, segment := range segments {
		segments[i] = unescape(segment)
	}
	return segments
}

func unescape(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

func match(pattern, segments []string) (map[string]string, bool) {
	params := map[string]string{}
	for i, want := range pattern {
		name, isParam := strings.CutPrefix(strings.TrimSuffix(want, "}"), "{")
		if rest, ok := strings.CutSuffix(name, "..."); ok && isParam && i < len(segments) {
			params[rest] = strings.Join(segments[i:], "/")
			return params, !slices.Contains(segments[i:], "")
		}
		if i >= len(segments) || isParam && !fitsParam(name, segments[i]) || !isParam && segments[i] != want {
			return nil, false
		}
		if isParam {
			params[name] = segments[i]
		}
	}
	return params, len(pattern) == len(segments)
}

// fitsParam keeps the API's own paths from passing for a repository.
func fitsParam(name, segment string) bool {
	return segment != "" && !(name == "repo" && segment == "api")
}

// serviceOf tells which of JFrog's services a path belongs to.
func serviceOf(path string) service {
	switch {
	case strings.HasPrefix(path, "/artifactory"):
		return artifactory
	case strings.HasPrefix(path, issuerPath):
		return issuer
	}
	return access
}
