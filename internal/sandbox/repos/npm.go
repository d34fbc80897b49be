package repos

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path"
	"strings"
)

// npm serves api/npm/REPO: a package is published as one document with its archive in it, and is read as all of its versions'
// (npm's registry API). A version's part of the document is kept beside its archive.
func (c *call) npm() {
	name, file, isFile := strings.Cut(c.item, "/-/")
	switch {
	case c.item == "-/ping" || c.item == "-/whoami":
		c.npmWhoami()
	case isFile:
		c.pass(c.get(name + "/-/" + file))
	case c.r.Method == http.MethodPut:
		c.npmPublish(name)
	case c.r.Method == http.MethodGet:
		c.npmDocument(name)
	default:
		c.refuse(http.StatusMethodNotAllowed)
	}
}

func (c *call) npmWhoami() {
	a := c.do(http.MethodGet, "/artifactory/api/system/version", "", nil)
	if a.status == http.StatusOK {
		c.sendJSON(http.StatusOK, map[string]string{})
		return
	}
	c.pass(a)
}

const npmVersions = ".npm/" // as Artifactory keeps them

// npmPublish stores the archives and the versions. Nothing is overwritten: npm itself refuses a version that is there.
func (c *call) npmPublish(name string) {
	var document struct {
		Versions    map[string]json.RawMessage
		Attachments map[string]struct{ Data string } `json:"_attachments"`
	}
	if json.Unmarshal(c.body, &document) != nil || len(document.Versions) == 0 || name == "" {
		c.refuse(http.StatusBadRequest)
		return
	}
	files := map[string][]byte{}
	for file, attached := range document.Attachments {
		data, err := base64.StdEncoding.DecodeString(attached.Data)
		if err != nil {
			c.refuse(http.StatusBadRequest)
			return
		}
		files[name+"/-/"+path.Base(file)] = data
	}
	for version, text := range document.Versions {
		files[npmVersions+name+"/"+version+".json"] = text
	}
	for item, data := range files {
		if a := c.put(item, "application/octet-stream", data); a.status != http.StatusCreated {
			c.pass(a)
			return
		}
	}
	c.sendJSON(http.StatusCreated, map[string]bool{"ok": true})
}

// npmDocument has all versions of a package.
func (c *call) npmDocument(name string) {
	items, ok := c.list(npmVersions + name + "/")
	if !ok {
		return
	}
	versions, latest := map[string]any{}, ""
	for _, item := range items {
		var version map[string]any
		if json.Unmarshal(c.get(item).body.Bytes(), &version) != nil {
			continue
		}
		c.placeTarball(name, version)
		latest = strings.TrimSuffix(path.Base(item), ".json")
		versions[latest] = version
	}
	if len(versions) == 0 {
		c.sendJSON(http.StatusNotFound, map[string]string{"error": "not_found"})
		return
	}
	c.sendJSON(http.StatusOK, map[string]any{"name": name, "versions": versions, "dist-tags": map[string]string{"latest": latest}})
}

// placeTarball lets an archive be fetched where this repository is reached, whatever it was published by.
func (c *call) placeTarball(name string, version map[string]any) {
	if dist, ok := version["dist"].(map[string]any); ok {
		tarball, _ := dist["tarball"].(string)
		dist["tarball"] = c.base + "/artifactory/api/npm/" + c.key + "/" + name + "/-/" + path.Base(tarball)
	}
}
