package sandbox

import (
	"crypto/md5"  //nolint:gosec // Artifactory's answer has it
	"crypto/sha1" //nolint:gosec // Artifactory's answer has it
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// maxStored bounds all artifacts together, in bytes.
const maxStored = 256 << 20

// artifactStore holds artifacts by repository and path, of repositories of every type. Its methods need the server's lock.
type artifactStore struct {
	items map[string]*artifact
	size  int
}

type artifact struct {
	repo, path, contentType, createdBy string

	created    time.Time
	data       []byte
	sums       checksums
	properties map[string][]string
}

type checksums struct {
	SHA1   string `json:"sha1"`
	MD5    string `json:"md5"`
	SHA256 string `json:"sha256"`
}

func sumsOf(data []byte) checksums {
	s1, m5, s256 := sha1.Sum(data), md5.Sum(data), sha256.Sum256(data) //nolint:gosec // no secret rests on these
	return checksums{hex.EncodeToString(s1[:]), hex.EncodeToString(m5[:]), hex.EncodeToString(s256[:])}
}

func (as *artifactStore) get(repo, path string) *artifact { return as.items[repo+"/"+path] }

// put keeps an artifact, in another's place if there is one, as long as there is room.
func (as *artifactStore) put(a *artifact) bool {
	grown := as.size + len(a.data)
	if old := as.get(a.repo, a.path); old != nil {
		grown -= len(old.data)
	}
	if grown > maxStored {
		return false
	}
	as.items[a.repo+"/"+a.path], as.size = a, grown
	return true
}

func (as *artifactStore) remove(a *artifact) {
	if as.get(a.repo, a.path) == a { // and wasn't removed meanwhile
		delete(as.items, a.repo+"/"+a.path)
		as.size -= len(a.data)
	}
}

// withChecksum returns the content of an artifact that has one of the checksums.
func (as *artifactStore) withChecksum(asked http.Header) []byte {
	for _, a := range as.items {
		if a.sums.SHA1 == asked.Get("X-Checksum-Sha1") || a.sums.SHA256 == asked.Get("X-Checksum-Sha256") {
			return a.data
		}
	}
	return nil
}

// target is what a request under /artifactory/<repo>/ names, its caller known.
type target struct {
	who        *principal
	repo       *RepositoryConfig
	path       string
	properties map[string][]string // matrix parameters: ;name=value behind the path
}

func (c *call) target() (target, error) {
	who, err := c.artifactoryCaller()
	if err != nil {
		return target{}, err
	}
	path, matrix, _ := strings.Cut(c.r.PathValue("path"), ";")
	for segment := range strings.SplitSeq(path, "/") {
		if segment == ".." || segment == "." {
			return target{}, badRequest("Invalid path: " + path)
		}
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	repo := c.s.world.repository(c.r.PathValue("repo"))
	if repo == nil {
		return target{}, notFound("Repository " + c.r.PathValue("repo") + " does not exist")
	}
	return target{who, repo, path, parseProperties(matrix)}, nil
}

// denied is Artifactory's answer for a missing permission; the words are inferred.
func (t target) denied(verb string) error {
	return refuse(http.StatusForbidden, fmt.Sprintf(
		"The user: '%s' is not permitted to %s '%s' in '%s'.", t.who.username, verb, t.path, t.repo.Key))
}

// deploy stores an artifact. Taking another's place needs the right to delete, properties the right to annotate.
func (c *call) deploy() error {
	t, err := c.target()
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	may := func(act string) bool { return c.s.world.may(t.who.grants, act, t.repo, t.path) }
	switch {
	case !may(actWrite):
		return t.denied("deploy")
	case c.s.artifacts.get(t.repo.Key, t.path) != nil && !may(actDelete):
		return t.denied("overwrite")
	case len(t.properties) > 0 && !may(actAnnotate):
		return t.denied("annotate")
	}
	data := c.body
	if c.r.Header.Get("X-Checksum-Deploy") == "true" { // without content: jf asks whether it must be sent at all
		if data = c.s.artifacts.withChecksum(c.r.Header); data == nil {
			return notFound("Checksum deploy failed. No existing file with the checksum was found.")
		}
	}
	kind := c.mediaType()
	if kind == "" {
		kind = "application/octet-stream"
	}
	added := &artifact{
		repo: t.repo.Key, path: t.path, contentType: kind, createdBy: t.who.username, created: c.now,
		data: data, sums: sumsOf(data), properties: t.properties,
	}
	if !c.s.artifacts.put(added) {
		return plain(http.StatusRequestEntityTooLarge)
	}
	view := added.view(c.s.baseURL)
	c.reply.header.Set("Location", view.URI)
	return c.json(http.StatusCreated, view)
}

// found gives the artifact that the path names to whoever may do act to it.
func (c *call) found(act string) (*artifact, error) {
	t, err := c.target()
	if err != nil {
		return nil, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if !c.s.world.may(t.who.grants, act, t.repo, t.path) {
		return nil, t.denied(act)
	}
	if a := c.s.artifacts.get(t.repo.Key, t.path); a != nil {
		return a, nil
	}
	return nil, notFound("File not found.")
}

func (c *call) download() error {
	a, err := c.found(actRead)
	if err != nil {
		return err
	}
	c.reply.header.Set("X-Checksum-Sha1", a.sums.SHA1)
	c.reply.header.Set("X-Checksum-Sha256", a.sums.SHA256)
	c.reply.header.Set("X-Checksum-Md5", a.sums.MD5)
	return c.bytes(http.StatusOK, a.contentType, a.data)
}

func (c *call) removeArtifact() error {
	a, err := c.found(actDelete)
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.artifacts.remove(a)
	return c.empty(http.StatusNoContent)
}
