package repos

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/internal/sandbox/artifacts"
)

// docker serves /v2/: a challenge that names a token endpoint, the endpoint, and as much of an OCI registry as docker, podman
// and crane need. A repository is the first part of an image's name. Files are where Artifactory has them: an image's layers
// and manifest in the folder of its tag or digest (one folder for all layers, here).
func (c *call) docker() {
	item := strings.Trim(strings.TrimPrefix(c.r.URL.Path, "/v2"), "/")
	if item == "token" {
		c.dockerToken()
		return
	}
	if c.Authorization = fromDockerToken(c.Authorization); c.Authorization == "" {
		c.dockerError(http.StatusUnauthorized, "UNAUTHORIZED")
		return
	}
	var rest string
	c.Key, rest, _ = strings.Cut(item, "/")
	switch image, what, name := cutImage(rest); {
	case item == "":
		c.dockerPing()
	case what == "blobs/uploads":
		c.upload(image, name)
	case what == "manifests" && c.r.Method == http.MethodPut:
		c.putManifest(image, name)
	case what != "" && !c.reads():
		c.dockerError(http.StatusMethodNotAllowed, "UNSUPPORTED")
	case what == "blobs":
		c.blob(image, name)
	case what == "manifests":
		c.manifest(image, name)
	default:
		c.dockerError(http.StatusNotFound, "NAME_UNKNOWN")
	}
}

// cutImage cuts IMAGE/blobs/uploads/ID, IMAGE/blobs/DIGEST or IMAGE/manifests/REFERENCE.
func cutImage(rest string) (image, what, name string) {
	for _, what := range []string{"blobs/uploads", "blobs", "manifests"} {
		if image, name, ok := strings.Cut(rest+"/", "/"+what+"/"); ok {
			return image, what, strings.Trim(name, "/")
		}
	}
	return "", "", ""
}

// dockerError answers in the registry's form. Who must log in is told where.
func (c *call) dockerError(status int, code string) {
	if status == http.StatusUnauthorized {
		c.w.Header().Set("WWW-Authenticate", `Bearer realm="`+c.base+`/v2/token",service="`+c.r.Host+`"`)
		code = "UNAUTHORIZED"
	}
	c.w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	c.sendJSON(status, map[string]any{"errors": []any{map[string]string{"code": code, "message": http.StatusText(status)}}})
}

// dockerToken trades basic credentials for a token, which is nothing but those credentials here. Its scope isn't looked at:
// who may what is decided with each request.
func (c *call) dockerToken() {
	basic, isBasic := strings.CutPrefix(c.Authorization, "Basic ")
	if _, ok := c.Authenticated(); !ok || !isBasic {
		c.dockerError(http.StatusUnauthorized, "UNAUTHORIZED")
		return
	}
	c.sendJSON(http.StatusOK, map[string]any{"token": dockerTokenPrefix + base64.RawURLEncoding.EncodeToString([]byte(basic)), "expires_in": 3600})
}

const dockerTokenPrefix = "docker."

func fromDockerToken(authorization string) string {
	encoded, ok := strings.CutPrefix(authorization, "Bearer "+dockerTokenPrefix)
	if !ok {
		return authorization
	}
	basic, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return ""
	}
	return "Basic " + string(basic)
}

func (c *call) dockerPing() {
	if _, ok := c.Authenticated(); !ok {
		c.dockerError(http.StatusUnauthorized, "UNAUTHORIZED")
		return
	}
	c.w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	c.sendJSON(http.StatusOK, map[string]string{})
}

// upload takes a blob: POST begins, PATCH adds, PUT ends it. Nothing is kept for who may not deploy it in the end.
func (c *call) upload(image, id string) {
	begins := c.r.Method == http.MethodPost
	if !begins && c.r.Method != http.MethodPatch && c.r.Method != http.MethodPut {
		c.dockerError(http.StatusMethodNotAllowed, "UNSUPPORTED")
		return
	}
	if a, may := c.MayDeploy(image + "/_uploads/" + id); !may {
		c.dockerError(a.Status, "DENIED")
		return
	}
	if begins {
		id = c.h.uploads.begin(c.Key + "/" + image + "/")
	}
	digest := c.r.URL.Query().Get("digest")
	data, status := c.h.uploads.add(c.Key+"/"+image+"/"+id, c.body, digest != "")
	switch {
	case status == http.StatusNotFound:
		c.dockerError(status, "BLOB_UPLOAD_UNKNOWN")
	case status != http.StatusOK:
		c.dockerError(status, "SIZE_INVALID")
	case digest == "":
		c.w.Header().Set("Location", "/v2/"+c.Key+"/"+image+"/blobs/uploads/"+id)
		c.w.Header().Set("Docker-Upload-UUID", id)
		c.w.Header().Set("Range", "0-"+strconv.Itoa(max(len(data)-1, 0)))
		c.send(http.StatusAccepted, "", nil)
	case digest != digestOf(data):
		c.dockerError(http.StatusBadRequest, "DIGEST_INVALID")
	default:
		c.stored(c.Put(image+"/_uploads/"+fileOf(digest), "application/octet-stream", data), image, "blobs", digest)
	}
}

// fileOf is a digest as the name of a file, as Artifactory writes it.
func fileOf(digest string) string { return strings.ReplaceAll(digest, ":", "__") }

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// stored answers an upload.
func (c *call) stored(a *artifacts.Answer, image, what, digest string) {
	if a.Status != http.StatusCreated {
		c.dockerError(a.Status, "DENIED")
		return
	}
	c.w.Header().Set("Location", "/v2/"+c.Key+"/"+image+"/"+what+"/"+digest)
	c.w.Header().Set("Docker-Content-Digest", digest)
	c.send(http.StatusCreated, "", nil)
}

func (c *call) blob(image, digest string) {
	c.found(c.Get(image+"/_uploads/"+fileOf(digest)), "BLOB_UNKNOWN", "application/octet-stream")
}

// putManifest keeps a manifest under its tag and its digest.
func (c *call) putManifest(image, reference string) {
	digest := digestOf(c.body)
	if strings.HasPrefix(reference, "sha256:") && reference != digest {
		c.dockerError(http.StatusBadRequest, "DIGEST_INVALID")
		return
	}
	a := c.Put(image+"/"+fileOf(digest)+"/manifest.json", c.r.Header.Get("Content-Type"), c.body)
	if a.Status == http.StatusCreated && reference != digest {
		a = c.Put(image+"/"+reference+"/manifest.json", c.r.Header.Get("Content-Type"), c.body)
	}
	c.stored(a, image, "manifests", digest)
}

func (c *call) manifest(image, reference string) {
	c.found(c.Get(image+"/"+fileOf(reference)+"/manifest.json"), "MANIFEST_UNKNOWN", "")
}

// found sends what was asked for, with its digest, or the registry's error.
func (c *call) found(a *artifacts.Answer, unknown, contentType string) {
	switch {
	case a.Status == http.StatusNotFound:
		c.dockerError(a.Status, unknown)
	case a.Status != http.StatusOK:
		c.dockerError(a.Status, "DENIED")
	default:
		if contentType == "" {
			contentType = a.Header().Get("Content-Type")
		}
		c.w.Header().Set("Docker-Content-Digest", digestOf(a.Body.Bytes()))
		c.w.Header().Set("Content-Length", strconv.Itoa(a.Body.Len()))
		c.send(http.StatusOK, contentType, a.Body.Bytes())
	}
}
