package sandbox

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox/repos"
)

// Server is an embedded JFrog platform: an http.Handler that is safe for concurrent use. Everything is in memory.
type Server struct {
	client    *http.Client
	accessLog io.Writer
	version   version
	config    Config
	claims    map[string]string
	faults    faultSet
	requests  ring
	mux       *http.ServeMux

	keys          *Keys
	signer        *signer
	idKeyID       string
	accessID      string // service id of Access
	artifactoryID string // service id of Artifactory
	adminToken    string
	requestToken  string // what a CI job shows to get an ID token

	mu        sync.Mutex // guards all below; nothing is signed, verified or sent under it
	baseURL   string
	tokens    *tokenStore
	world     *world
	artifacts *artifactStore
}

// New makes a server. The error names the option or the part of the configuration that is wrong.
func New(opts ...Option) (*Server, error) {
	s := &Server{
		client: defaultClient(), version: newest, idKeyID: newUUID(),
		accessID: newServiceID("jfac"), artifactoryID: newServiceID("jfrt"), requestToken: randomText(40),
		tokens: newTokenStore(), world: newWorld(), artifacts: &artifactStore{items: map[string]*artifact{}},
	}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(s); err != nil {
			return nil, err
		}
	}
	if err := s.configure(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) configure() (err error) {
	if err := s.config.check(); err != nil {
		return err
	}
	if err := s.config.apply(s.world); err != nil {
		return err
	}
	if s.keys == nil {
		if s.keys, err = NewKeys(); err != nil {
			return err
		}
	}
	s.signer = newSigner(s.keys.tokens, s.accessID, time.Now())
	s.buildMux()
	_, s.adminToken, err = s.issue(tokenSpec{
		username: adminUser, subject: s.subject(adminUser), scope: adminScope, startup: true,
		description: "the sandbox's administrator",
	}, time.Now())
	return err
}

// defaultClient keeps no connection: the server would otherwise wait for itself when it is closed.
func defaultClient() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}

// SetBaseURL sets the URL under which clients reach the server; call it before the first request.
func (s *Server) SetBaseURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.baseURL = strings.TrimSuffix(url, "/")
}

// BaseURL returns the URL under which clients reach the server.
func (s *Server) BaseURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.baseURL
}

// IssuerURL returns the name of the server's own issuer of ID tokens, which an OIDC integration has as its issuer_url.
func (s *Server) IssuerURL() string { return s.BaseURL() + issuerPath }

// AdminToken returns the access token of the administrator, made at start; it never expires.
func (s *Server) AdminToken() string { return s.adminToken }

// IDTokenRequestURL returns the URL that a CI job asks for an ID token. As GitHub's it has a query already.
func (s *Server) IDTokenRequestURL() string { return s.BaseURL() + idTokenPath + "?api-version=2.0" }

// IDTokenRequestToken returns the bearer token for IDTokenRequestURL.
func (s *Server) IDTokenRequestToken() string { return s.requestToken }

// Env returns what a client needs to use the server, as environment variables. SANDBOX_ISSUER is the issuer_url of an OIDC
// integration that trusts the server's own ID tokens.
func (s *Server) Env() map[string]string {
	return map[string]string{
		"JF_URL": s.BaseURL(), "JF_ACCESS_TOKEN": s.AdminToken(), "JF_USER": adminUser, "JF_PASSWORD": startPassword,
		"ACTIONS_ID_TOKEN_REQUEST_URL":   s.IDTokenRequestURL(),
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": s.IDTokenRequestToken(), "SANDBOX_ISSUER": s.IssuerURL(),
	}
}

// HTTPServer returns a server around s with limits on what a client may send. It speaks HTTP/1.1 only: the faults break
// TCP connections, which HTTP/2 shares between requests.
func (s *Server) HTTPServer() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: repos.Handler(s, s.localOf), Protocols: protocols, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
	}
}

// subject names a user as Access's tokens do.
func (s *Server) subject(username string) string { return s.accessID + "/users/" + username }

func (s *Server) logLine(c *call, kind, tokenID string) {
	if s.accessLog != nil {
		_, _ = fmt.Fprintf(s.accessLog, "%s %s %d %s %s\n", c.r.Method, safePath(c.r.URL), c.reply.status, kind, tokenID)
	}
}
