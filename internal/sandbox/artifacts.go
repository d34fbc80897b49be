package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// target is what a request under /artifactory/<repo>/ names, its caller known.
type target struct {
	who        *principal
	repo       *repository
	path       string
	properties map[string][]string // matrix parameters: ;name=value behind the path
}

func (c *call) target() (target, error) {
	who, err := c.artifactoryCaller()
	if err != nil {
		return target{}, err
	}
	path, properties := matrix(c.params["path"])
	for _, segment := range strings.Split(path, "/") {
		if segment == ".." || segment == "." {
			return target{}, badRequest("Invalid path: " + path)
		}
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	repo := c.s.world.repositories[c.params["repo"]]
	if repo == nil {
		return target{}, notFound("Repository " + c.params["repo"] + " does not exist")
	}
	return target{who, repo, path, properties}, nil
}

// matrix cuts the properties off a path.
func matrix(path string) (string, map[string][]string) {
	path, rest, _ := strings.Cut(path, ";")
	return path, propertyList(rest)
}

func propertyList(text string) map[string][]string {
	properties := map[string][]string{}
	for _, pair := range strings.Split(text, ";") {
		if name, values, ok := strings.Cut(pair, "="); ok && name != "" {
			properties[name] = append(properties[name], strings.Split(values, ",")...)
		}
	}
	return properties
}

// denied is Artifactory's answer for a missing permission; the words are inferred.
func (t target) denied(verb string) error {
	return refuse(http.StatusForbidden, fmt.Sprintf(
		"The user: '%s' is not permitted to %s '%s' in '%s'.", t.who.username, verb, t.path, t.repo.key))
}

type deployResponse struct {
	Repo              string    `json:"repo"`
	Path              string    `json:"path"`
	Created           string    `json:"created"`
	CreatedBy         string    `json:"createdBy"`
	DownloadURI       string    `json:"downloadUri"`
	MimeType          string    `json:"mimeType"`
	Size              string    `json:"size"`
	Checksums         checksums `json:"checksums"`
	OriginalChecksums checksums `json:"originalChecksums"`
	URI               string    `json:"uri"`
}

func (a *artifact) response(base string) deployResponse {
	uri := base + "/artifactory/" + a.repo + "/" + a.path
	return deployResponse{
		Repo: a.repo, Path: "/" + a.path, Created: a.created.UTC().Format("2006-01-02T15:04:05.000Z"),
		CreatedBy: a.createdBy, DownloadURI: uri, MimeType: a.contentType, Size: fmt.Sprint(len(a.data)),
		Checksums: a.sums, OriginalChecksums: a.sums, URI: uri,
	}
}

// deploy stores an artifact. Taking another's place needs the right to delete, properties the right to annotate.
func (c *call) deploy() error {
	t, err := c.target()
	if err != nil {
		return err
	}
	base, world := c.s.BaseURL(), c.s.world
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	old := c.s.artifacts.get(t.repo.key, t.path)
	switch {
	case !world.may(t.who.grants, 'w', t.repo, t.path):
		return t.denied("deploy")
	case old != nil && !world.may(t.who.grants, 'd', t.repo, t.path):
		return t.denied("overwrite")
	case len(t.properties) > 0 && !world.may(t.who.grants, 'n', t.repo, t.path):
		return t.denied("annotate")
	}
	added := c.newArtifact(t)
	if !c.s.artifacts.put(added) {
		return plain(http.StatusRequestEntityTooLarge)
	}
	c.reply.header.Set("Location", added.response(base).URI)
	return c.json(http.StatusCreated, added.response(base))
}

func (c *call) newArtifact(t target) *artifact {
	kind := c.mediaType()
	if kind == "" {
		kind = "application/octet-stream"
	}
	return &artifact{
		repo: t.repo.key, path: t.path, contentType: kind, createdBy: t.who.username, created: c.now,
		data: c.body, sums: sumsOf(c.body), properties: t.properties,
	}
}

// found gives the artifact that the path names to whoever may do act to it.
func (c *call) found(act rune, verb string) (*artifact, error) {
	t, err := c.target()
	if err != nil {
		return nil, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if !c.s.world.may(t.who.grants, act, t.repo, t.path) {
		return nil, t.denied(verb)
	}
	if a := c.s.artifacts.get(t.repo.key, t.path); a != nil {
		return a, nil
	}
	return nil, notFound("File not found.")
}

func (c *call) download() error {
	a, err := c.found('r', "read")
	if err != nil {
		return err
	}
	c.reply.header.Set("X-Checksum-Sha1", a.sums.SHA1)
	c.reply.header.Set("X-Checksum-Sha256", a.sums.SHA256)
	c.reply.header.Set("X-Checksum-Md5", a.sums.MD5)
	return c.bytes(http.StatusOK, a.contentType, a.data)
}

func (c *call) removeArtifact() error {
	a, err := c.found('d', "delete")
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.artifacts.remove(a)
	return c.empty(http.StatusNoContent)
}
