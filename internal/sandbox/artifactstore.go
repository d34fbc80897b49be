package sandbox

import (
	"crypto/md5"  //nolint:gosec // Artifactory's answer has it
	"crypto/sha1" //nolint:gosec // Artifactory's answer has it
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// maxStored bounds all artifacts together.
const maxStored = 256 << 20

// artifactStore holds artifacts by repository and path. Its methods need the server's lock.
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

func newArtifactStore() *artifactStore { return &artifactStore{items: map[string]*artifact{}} }

func (as *artifactStore) get(repo, path string) *artifact { return as.items[repo+"/"+path] }

func (as *artifactStore) put(a *artifact) bool {
	old := as.get(a.repo, a.path)
	grown := as.size + len(a.data)
	if old != nil {
		grown -= len(old.data)
	}
	if grown > maxStored {
		return false
	}
	as.items[a.repo+"/"+a.path], as.size = a, grown
	return true
}

func (as *artifactStore) remove(a *artifact) {
	delete(as.items, a.repo+"/"+a.path)
	as.size -= len(a.data)
}

func sumsOf(data []byte) checksums {
	s1, m5, s256 := sha1.Sum(data), md5.Sum(data), sha256.Sum256(data) //nolint:gosec // no secret rests on these
	return checksums{hex.EncodeToString(s1[:]), hex.EncodeToString(m5[:]), hex.EncodeToString(s256[:])}
}
