package repos

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// npm serves api/npm/REPO: a package is published as one document with its archive in it, and is read as all of its versions'
// (npm's registry API). A version's part of the document is kept beside its archive.
func (c *call) npm() {
	name, file, isFile := strings.Cut(c.item, "/-/")
	switch {
	case c.r.Method == http.MethodPut && !isFile && !strings.HasPrefix(c.item, "-/"):
		c.npmPublish(name)
	case !c.reads():
		c.refuse(http.StatusMethodNotAllowed)
	case c.item == "-/ping" || c.item == "-/whoami":
		c.greet(map[string]string{})
	case isFile:
		c.Get(name + "/-/" + file).Send(c.w)
	default:
		c.npmDocument(name)
	}
}

const npmVersions = ".npm/" // as Artifactory keeps them

// npmPublish stores the archives and the versions. A version that is there is overwritten by who may delete it, as any
// artifact; npm itself refuses to publish it again.
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
	if c.Store(files) {
		c.sendJSON(http.StatusCreated, map[string]bool{"ok": true})
	}
}

// npmDocument has all versions of a package.
func (c *call) npmDocument(name string) {
	files, ok := c.Read(c.find(npmVersions + name + "/"))
	if !ok {
		return
	}
	versions := map[string]any{}
	for item, text := range files {
		var version map[string]any
		if json.Unmarshal(text, &version) != nil {
			continue
		}
		c.placeTarball(name, version)
		versions[strings.TrimSuffix(path.Base(item), ".json")] = version
	}
	c.sendJSON(http.StatusOK, map[string]any{"name": name, "versions": versions, "dist-tags": map[string]string{"latest": latest(slices.Collect(maps.Keys(versions)))}})
}

// placeTarball lets an archive be fetched where this repository is reached, whatever it was published by.
func (c *call) placeTarball(name string, version map[string]any) {
	if dist, ok := version["dist"].(map[string]any); ok {
		tarball, _ := dist["tarball"].(string)
		dist["tarball"] = c.base + "/artifactory/api/npm/" + c.Key + "/" + name + "/-/" + path.Base(tarball)
	}
}
