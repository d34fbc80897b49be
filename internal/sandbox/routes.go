package sandbox

import (
	"net/http"
	"net/url"
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
	EndpointRevoke     Endpoint = "revoke" // by id, as me, by value, and by the legacy API
	EndpointArtifact   Endpoint = "artifact"
	EndpointVersion    Endpoint = "version"
)

func endpoints() []Endpoint {
	return []Endpoint{
		EndpointIDToken, EndpointExchange, EndpointMint, EndpointLegacyMint, EndpointList, EndpointGet, EndpointProbe,
		EndpointRevoke, EndpointArtifact, EndpointVersion,
	}
}

// Paths that are not only in the table of routes.
const (
	issuerPath    = "/oidc-issuer"
	idTokenPath   = issuerPath + "/idtoken"
	jwksPath      = issuerPath + "/.well-known/jwks"
	discoveryPath = "/.well-known/openid-configuration"
)

// route is one endpoint: its pattern is http.ServeMux's.
type route struct {
	endpoint Endpoint
	since    version
	pattern  string
	serve    func(*call) error
}

// routes lists every endpoint. A release without tokens/me takes "me" for an id.
func routes() []route {
	all := []route{
		{EndpointMint, tokensSince, "POST /access/api/v1/tokens", (*call).mint},
		{EndpointList, tokensSince, "GET /access/api/v1/tokens", (*call).list},
		{EndpointGet, tokensSince, "GET /access/api/v1/tokens/{id}", (*call).getToken},
		{EndpointProbe, tokensMeSince, "GET /access/api/v1/tokens/me", (*call).getMe},
		{EndpointRevoke, tokensSince, "DELETE /access/api/v1/tokens/{id}", (*call).revokeToken},
		{EndpointRevoke, tokensMeSince, "DELETE /access/api/v1/tokens/me", (*call).revokeMe},
		{EndpointRevoke, revokeByValueSince, "DELETE /access/api/v1/tokens/revoke", (*call).revokeValue},

		{EndpointLegacyMint, 0, "POST /artifactory/api/security/token", (*call).legacyMint},
		{EndpointList, 0, "GET /artifactory/api/security/token", (*call).legacyList},
		{EndpointRevoke, 0, "POST /artifactory/api/security/token/revoke", (*call).legacyRevoke},

		{EndpointIDToken, 0, "GET " + idTokenPath, (*call).idToken},
		{"", 0, "GET " + issuerPath + discoveryPath, (*call).discovery},
		{"", 0, "GET " + jwksPath, (*call).keySet},
		{EndpointExchange, oidcSince, "POST /access/api/v1/oidc/token", (*call).exchange},

		{"", 0, "GET /access/api/v1/system/ping", (*call).ping},
		{"", 0, "GET /access/api/v1/system/version", (*call).accessVersion},
		{"", certRootSince, "GET /access/api/v1/cert/root", (*call).certRoot},
		{"", 0, "GET /artifactory/api/system/ping", (*call).ping},
		{EndpointVersion, 0, "GET /artifactory/api/system/version", (*call).systemVersion},
		{"", 0, "POST /artifactory/api/system/usage", (*call).usage},
		{"", 0, "GET /artifactory/api/security/encryptedPassword", (*call).encryptedPassword},

		{EndpointArtifact, 0, "PUT /artifactory/{repo}/{path...}", (*call).deploy},
		{EndpointArtifact, 0, "GET /artifactory/{repo}/{path...}", (*call).download},
		{EndpointArtifact, 0, "DELETE /artifactory/{repo}/{path...}", (*call).removeArtifact},
		{EndpointArtifact, 0, "GET /artifactory/api/storage/{repo}/{path...}", (*call).itemInfo},
		{EndpointArtifact, 0, "PUT /artifactory/api/storage/{repo}/{path...}", (*call).setProperties},
		{EndpointArtifact, 0, "DELETE /artifactory/api/storage/{repo}/{path...}", (*call).removeProperties},
		{EndpointArtifact, 0, "POST /artifactory/api/search/aql", (*call).search},
		// The API's other paths must not pass for a repository's.
		{"", 0, "GET /artifactory/api/{path...}", notThere},
		{"", 0, "PUT /artifactory/api/{path...}", notThere},
		{"", 0, "DELETE /artifactory/api/{path...}", notThere},
	}
	return append(all, adminRoutes()...)
}

func notThere(*call) error { return plain(http.StatusNotFound) }

// buildMux registers what the release has.
func (s *Server) buildMux() {
	s.mux = http.NewServeMux()
	for _, rt := range routes() {
		if rt.since <= s.version {
			s.mux.Handle(rt.pattern, &routeHandler{s, rt})
		}
	}
}

type routeHandler struct {
	s  *Server
	rt route
}

func (h *routeHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.s.answer(w, r, h.rt) }

// ServeHTTP answers one request. What no route fits is answered in the form of the service that the path belongs to.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = withoutTrailingSlash(r)
	handler, _ := s.mux.Handler(r)
	if _, found := handler.(*routeHandler); found {
		s.mux.ServeHTTP(w, r)
		return
	}
	var told statusOnly
	handler.ServeHTTP(&told, r)
	status := http.StatusNotFound // also for a path that isn't clean, which the mux would redirect
	if told.status == http.StatusMethodNotAllowed {
		status = told.status
	}
	s.answer(w, r, route{serve: func(*call) error { return plain(status) }})
}

func withoutTrailingSlash(r *http.Request) *http.Request {
	if !strings.HasSuffix(r.URL.EscapedPath(), "/") {
		return r
	}
	shorter := *r
	shorter.URL = new(url.URL)
	*shorter.URL = *r.URL
	shorter.URL.Path, shorter.URL.RawPath = strings.TrimSuffix(r.URL.Path, "/"), strings.TrimSuffix(r.URL.RawPath, "/")
	return &shorter
}

// statusOnly is a response of which only the status counts.
type statusOnly struct{ status int }

func (*statusOnly) Header() http.Header            { return http.Header{} }
func (*statusOnly) Write(text []byte) (int, error) { return len(text), nil }
func (s *statusOnly) WriteHeader(status int)       { s.status = status }

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
