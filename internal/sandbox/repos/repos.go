// Package repos puts the APIs of package types in front of the sandbox's artifacts, each as thin as its clients allow: npm,
// PyPI, Go, cargo, Helm, NuGet, Terraform and Docker. Maven needs nothing but artifacts.
//
// It is a client of the sandbox: each request of a package client becomes requests for artifacts, with the credentials that
// the client has sent. So the sandbox decides on every one of them who is asking and what he may, and its log says so. The
// paths are JFrog's (documented); so is where a package's files are in a repository.
package repos

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/frogmint/frogmint/internal/sandbox/artifacts"
)

// maxBody bounds, in bytes, what a package client sends at once.
const maxBody = 32 << 20

// handler serves package clients, and hands every other request on.
type handler struct {
	artifactory http.Handler
	localOf     func(key string) string
	uploads     uploads
	tickets     sync.Map // who was given an address of a module's archive, by what is in it
}

// Handler puts the package types in front of a JFrog that stores artifacts. localOf names the repository that has the files
// of another.
func Handler(artifactory http.Handler, localOf func(key string) string) http.Handler {
	return &handler{artifactory: artifactory, localOf: localOf, uploads: uploads{parts: map[string][]byte{}}}
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
		"npm": (*call).npm, "pypi": (*call).pypi, "go": (*call).golang, "cargo": (*call).cargo, "helm": (*call).helm, "nuget": (*call).nuget,
		"terraform": (*call).terraform,
	}[kind]
	if ours && serve != nil {
		h.call(w, r, rest, serve)
		return
	}
	h.artifactory.ServeHTTP(w, r)
}

func (h *handler) call(w http.ResponseWriter, r *http.Request, item string, serve func(*call)) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body)) // for who reads it as a form
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
	client := artifacts.Client{
		JFrog: h.artifactory, LocalOf: h.localOf, Request: r, Response: w, Authorization: r.Header.Get("Authorization"), Key: key,
	}
	serve(&call{Client: client, h: h, w: w, r: r, body: body, base: scheme + "://" + r.Host, item: strings.Trim(item, "/")})
}

// call is one request of a package client.
type call struct {
	artifacts.Client // of the repository that the path names

	h    *handler
	w    http.ResponseWriter
	r    *http.Request
	body []byte
	base string // URL of the platform, as the client reached it
	item string // what the path names in the repository
}

// greet answers whom the sandbox knows, and sends its refusal of anybody else on.
func (c *call) greet(v any) {
	if a, ok := c.Authenticated(); !ok {
		a.Send(c.w)
		return
	}
	c.sendJSON(http.StatusOK, v)
}

// reads reports whether the client's method is one that changes nothing.
func (c *call) reads() bool { return c.r.Method == http.MethodGet || c.r.Method == http.MethodHead }

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

// find is List for a folder that has to be there.
func (c *call) find(folder string) (paths []string, ok bool) {
	paths, ok = c.List(folder)
	if ok && len(paths) == 0 {
		c.refuse(http.StatusNotFound)
		return nil, false
	}
	return paths, ok
}

// formFile gives a file of a form and its name; neither where the form has none.
func (c *call) formFile(field string) (name string, data []byte) {
	part, header, err := c.r.FormFile(field)
	if err != nil {
		return "", nil
	}
	data, _ = io.ReadAll(part) // from memory
	return path.Base(header.Filename), data
}
