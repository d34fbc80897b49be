// Package artifacts asks a JFrog in this process for the artifacts of a repository, with the credentials that somebody has
// sent. So the JFrog decides on each request who that is and what he may, and its log says so.
package artifacts

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Client asks for the artifacts of one repository, on behalf of a request that somebody has sent. Where a method's result is
// false, the JFrog's refusal was sent on to him.
type Client struct {
	JFrog         http.Handler
	LocalOf       func(key string) string // the repository that has the files of another
	Request       *http.Request           // whose context bounds what is asked
	Response      http.ResponseWriter
	Authorization string // the header
	Key           string // of the repository
}

// Answer is what the JFrog has said.
type Answer struct {
	Status int
	Body   bytes.Buffer
	header http.Header
}

var _ http.ResponseWriter = (*Answer)(nil)

// Header implements http.ResponseWriter.
func (a *Answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *Answer) WriteHeader(status int) { a.Status = status }

// Write implements http.ResponseWriter.
func (a *Answer) Write(text []byte) (int, error) { return a.Body.Write(text) }

// Flush implements http.Flusher: a slow answer is flushed in its middle, and is whole here.
func (a *Answer) Flush() {}

// Send sends the answer on.
func (a *Answer) Send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body.Bytes())
}

func (c *Client) ask(method, target string, header http.Header, body []byte) *Answer {
	a := &Answer{Status: http.StatusOK, header: http.Header{}}
	request := (&http.Request{
		Method: method, URL: &url.URL{Path: target}, Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}).WithContext(c.Request.Context())
	if c.Authorization != "" {
		header.Set("Authorization", c.Authorization)
	}
	c.JFrog.ServeHTTP(a, request)
	return a
}

func (c *Client) at(item string) string { return "/artifactory/" + c.Key + "/" + item }

// Get downloads an artifact.
func (c *Client) Get(item string) *Answer {
	return c.ask(http.MethodGet, c.at(item), http.Header{}, nil)
}

// Put deploys an artifact.
func (c *Client) Put(item, contentType string, data []byte) *Answer {
	return c.ask(http.MethodPut, c.at(item), http.Header{"Content-Type": {contentType}}, data)
}

// Authenticated reports whether the JFrog knows who asks, or gives its refusal.
func (c *Client) Authenticated() (*Answer, bool) {
	a := c.ask(http.MethodGet, "/artifactory/api/system/version", http.Header{}, nil)
	return a, a.Status == http.StatusOK
}

// MayDeploy reports whether an artifact may be stored, or gives the refusal, and stores nothing: a deployment by checksum
// fails for want of the content only where it is permitted.
func (c *Client) MayDeploy(item string) (*Answer, bool) {
	a := c.ask(http.MethodPut, c.at(item), http.Header{"X-Checksum-Deploy": {"true"}}, nil)
	return a, a.Status == http.StatusNotFound && strings.Contains(a.Body.String(), "Checksum deploy failed")
}

// List gives the paths of the artifacts below a folder that the caller may read. He may not list without credentials.
func (c *Client) List(folder string) (paths []string, ok bool) {
	query, _ := json.Marshal(map[string]string{"repo": c.LocalOf(c.Key)})
	a := c.ask(http.MethodPost, "/artifactory/api/search/aql", http.Header{"Content-Type": {"text/plain"}}, []byte("items.find("+string(query)+")"))
	var found struct{ Results []struct{ Path, Name string } }
	if a.Status != http.StatusOK || json.Unmarshal(a.Body.Bytes(), &found) != nil {
		a.Send(c.Response)
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

// Read gives artifacts by their paths, as they were listed: all or none.
func (c *Client) Read(paths []string, listed bool) (files map[string][]byte, ok bool) {
	files = map[string][]byte{}
	for _, item := range paths {
		a := c.Get(item)
		if a.Status != http.StatusOK {
			a.Send(c.Response)
			return nil, false
		}
		files[item] = a.Body.Bytes()
	}
	return files, listed
}

// Store deploys artifacts by their paths and in their order, up to the first one that is refused.
func (c *Client) Store(files map[string][]byte) bool {
	for _, item := range slices.Sorted(maps.Keys(files)) {
		if a := c.Put(item, "application/octet-stream", files[item]); a.Status != http.StatusCreated {
			a.Send(c.Response)
			return false
		}
	}
	return true
}
