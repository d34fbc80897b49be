// Package repos puts the APIs of package types in front of the sandbox's artifacts, each as thin as its clients allow: npm,
// PyPI, Maven, Go, cargo, Helm, Terraform and Docker.
//
// It is a client of the sandbox: each request of a package client becomes requests for artifacts, with the credentials that
// the client has sent. So the sandbox decides on every one of them who is asking and what he may, and its log says so. The
// paths are JFrog's (documented); so are a virtual repository for each type and where a package's files are in it.
package repos

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
)

// Repository is a repository of the sandbox.
type Repository struct {
	Key         string `json:"key"`
	Class       string `json:"rclass"`
	PackageType string `json:"packageType"`
	Project     string `json:"projectKey,omitempty"`
	Description string `json:"description"`
}

// virtuals are the virtual repositories of the world at start, each with the local one that it stands for.
func virtuals() map[string]Repository {
	all := map[string]Repository{"libs-release": {Key: "libs-release-local", PackageType: "maven"}}
	for _, kind := range []string{"npm", "pypi", "go", "docker", "cargo", "helm", "terraform"} {
		all[kind+"-virtual"] = Repository{Key: kind + "-local", PackageType: kind}
	}
	return all
}

// Start returns the repositories of the world at start: libs-local, and a local and a virtual one of each package type.
func Start() map[string]*Repository {
	all := map[string]*Repository{"libs-local": {Key: "libs-local", Class: "local", PackageType: "generic"}}
	for key, local := range virtuals() {
		all[key] = &Repository{Key: key, Class: "virtual", PackageType: local.PackageType}
		all[local.Key] = &Repository{Key: local.Key, Class: "local", PackageType: local.PackageType}
	}
	return all
}

// localOf is where a repository keeps its files.
func localOf(key string) string {
	if local, virtual := virtuals()[key]; virtual {
		return local.Key
	}
	return key
}

// maxBody bounds, in bytes, what a package client sends at once.
const maxBody = 32 << 20

// handler serves package clients, and hands every other request on.
type handler struct {
	artifactory http.Handler
	uploads     uploads
	tickets     sync.Map // who was given an address of a module's archive, by what is in it
}

// Handler puts the package types in front of a JFrog that stores artifacts.
func Handler(artifactory http.Handler) http.Handler {
	return &handler{artifactory: artifactory, uploads: uploads{parts: map[string][]byte{}}}
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	escaped := r.URL.EscapedPath()
	if escaped == "/v2" || strings.HasPrefix(escaped, "/v2/") {
		h.call(w, r, escaped, (*call).docker)
		return
	}
	if escaped == "/.well-known/terraform.json" {
		h.call(w, r, escaped, (*call).terraform)
		return
	}
	rest, ours := strings.CutPrefix(escaped, "/artifactory/api/")
	kind, rest, _ := strings.Cut(rest, "/")
	serve := map[string]func(*call){
		"npm": (*call).npm, "pypi": (*call).pypi, "go": (*call).golang, "cargo": (*call).cargo, "helm": (*call).helm, "terraform": (*call).terraform,
	}[kind]
	if ours && serve != nil {
		key, item, _ := strings.Cut(rest, "/")
		h.call(w, r, key+"/"+item, serve)
		return
	}
	h.artifactory.ServeHTTP(w, toLocal(r))
}

// toLocal sends a request for an artifact of a virtual repository to the local one behind it.
func toLocal(r *http.Request) *http.Request {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/artifactory/")
	key, item, _ := strings.Cut(rest, "/")
	local := localOf(key)
	if !ok || local == key {
		return r
	}
	plain, err := url.PathUnescape(item)
	if err != nil {
		return r // never: the item comes from a URL
	}
	r = r.Clone(r.Context())
	r.URL = &url.URL{Path: "/artifactory/" + local + "/" + plain, RawPath: "/artifactory/" + local + "/" + item, RawQuery: r.URL.RawQuery}
	return r
}

func (h *handler) call(w http.ResponseWriter, r *http.Request, item string, serve func(*call)) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	key, item, _ := strings.Cut(item, "/")
	item, err = url.PathUnescape(item)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	serve(&call{
		h: h, w: w, r: r, body: body, authorization: r.Header.Get("Authorization"), base: scheme + "://" + r.Host, key: key, local: localOf(key),
		item: strings.Trim(item, "/"),
	})
}

// call is one request of a package client.
type call struct {
	h             *handler
	w             http.ResponseWriter
	r             *http.Request
	body          []byte
	authorization string
	base          string // URL of the platform, as the client reached it
	key, local    string // the repository, and where its files are
	item          string // what the path names in it
}

// answer is what the sandbox said to a request for an artifact.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header                { return a.header }
func (a *answer) WriteHeader(status int)             { a.status = status }
func (a *answer) Write(text []byte) (n int, e error) { return a.body.Write(text) }
func (a *answer) Flush()                             {} // a slow answer is flushed in its middle, and is whole here

// do asks the sandbox with the client's credentials.
func (c *call) do(method, target, contentType string, body []byte) *answer {
	return c.ask(method, target, http.Header{"Content-Type": {contentType}}, body)
}

func (c *call) ask(method, target string, header http.Header, body []byte) *answer {
	a := &answer{status: http.StatusOK, header: http.Header{}}
	request, err := http.NewRequestWithContext(c.r.Context(), method, (&url.URL{Path: target}).String(), bytes.NewReader(body))
	if err != nil {
		a.status = http.StatusBadRequest
		return a
	}
	request.Header = header
	if c.authorization != "" {
		request.Header.Set("Authorization", c.authorization)
	}
	c.h.artifactory.ServeHTTP(a, request)
	return a
}

// authenticated reports whether the sandbox knows who asks, or gives its refusal.
func (c *call) authenticated() (*answer, bool) {
	a := c.do(http.MethodGet, "/artifactory/api/system/version", "", nil)
	return a, a.status == http.StatusOK
}

// mayDeploy reports whether the client may store an artifact, or gives the refusal, and stores nothing: a deployment by
// checksum fails for want of the content only where it is permitted.
func (c *call) mayDeploy(item string) (*answer, bool) {
	a := c.ask(http.MethodPut, "/artifactory/"+c.local+"/"+item, http.Header{"X-Checksum-Deploy": {"true"}}, nil)
	return a, a.status == http.StatusNotFound && strings.Contains(a.body.String(), "Checksum deploy failed")
}

// reads reports whether the client's method is one that changes nothing.
func (c *call) reads() bool { return c.r.Method == http.MethodGet || c.r.Method == http.MethodHead }

func (c *call) get(item string) *answer {
	return c.do(http.MethodGet, "/artifactory/"+c.local+"/"+item, "", nil)
}

func (c *call) put(item, contentType string, data []byte) *answer {
	return c.do(http.MethodPut, "/artifactory/"+c.local+"/"+item, contentType, data)
}

// pass sends the sandbox's answer on.
func (c *call) pass(a *answer) {
	for name, values := range a.header {
		c.w.Header()[name] = values
	}
	c.w.WriteHeader(a.status)
	_, _ = c.w.Write(a.body.Bytes())
}

func (c *call) send(status int, contentType string, body []byte) {
	if contentType != "" {
		c.w.Header().Set("Content-Type", contentType)
	}
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body)
	}
}

func (c *call) sendJSON(status int, v any) {
	text, _ := json.Marshal(v) // maps and strings
	c.send(status, "application/json", text)
}

func (c *call) refuse(status int) { c.send(status, "text/plain", []byte(http.StatusText(status))) }

// list gives the paths below a folder that the client may read, or passes the refusal on. Nobody may list without
// credentials.
func (c *call) list(folder string) (paths []string, ok bool) {
	query, _ := json.Marshal(map[string]string{"repo": c.local})
	a := c.do(http.MethodPost, "/artifactory/api/search/aql", "text/plain", []byte("items.find("+string(query)+")"))
	var found struct{ Results []struct{ Path, Name string } }
	if a.status != http.StatusOK || json.Unmarshal(a.body.Bytes(), &found) != nil {
		c.pass(a)
		return nil, false
	}
	for _, one := range found.Results {
		if item := path.Join(one.Path, one.Name); strings.HasPrefix(item, folder) {
			paths = append(paths, item)
		}
	}
	slices.Sort(paths)
	return paths, true
}
