package repos

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"strings"
)

// cargo serves api/cargo/REPO: a sparse index that wants credentials for everything, and cargo's own API to publish. A
// version's line of the index is kept beside its crate.
func (c *call) cargo() {
	index, isIndex := strings.CutPrefix(c.item, "index/")
	crate, isCrate := strings.CutPrefix(c.item, "v1/crates/")
	switch {
	case c.r.Method == http.MethodPut && c.item == "api/v1/crates/new":
		c.cargoPublish()
	case c.r.Method != http.MethodGet:
		c.refuse(http.StatusMethodNotAllowed)
	case index == "config.json":
		c.cargoConfig()
	case isIndex:
		c.cargoIndex(index[strings.LastIndex(index, "/")+1:])
	case isCrate:
		name, version, _ := strings.Cut(strings.TrimSuffix(crate, "/download"), "/")
		c.pass(c.get(cratePath(name, version)))
	default:
		c.refuse(http.StatusNotFound)
	}
}

func cratePath(name, version string) string {
	return "crates/" + name + "/" + name + "-" + version + ".crate"
}

const cargoIndexFolder = ".cargo/index/" // names below it are in lower case, as cargo asks for them

func (c *call) cargoConfig() {
	if a, ok := c.authenticated(); !ok {
		c.pass(a)
		return
	}
	base := c.base + "/artifactory/api/cargo/" + c.key
	c.sendJSON(http.StatusOK, map[string]any{"dl": base + "/v1/crates", "api": base, "auth-required": true})
}

func (c *call) cargoIndex(name string) {
	items, ok := c.list(cargoIndexFolder + name + "/")
	if !ok {
		return
	}
	if len(items) == 0 {
		c.refuse(http.StatusNotFound)
		return
	}
	var text strings.Builder
	for _, item := range items {
		a := c.get(item)
		if a.status != http.StatusOK {
			c.pass(a)
			return
		}
		text.WriteString(a.body.String() + "\n")
	}
	c.send(http.StatusOK, "text/plain", []byte(text.String()))
}

// cargoPublish reads two parts, each behind its length: what is to be in the index, and the crate.
func (c *call) cargoPublish() {
	metadata, rest := cutPart(c.body)
	crate, _ := cutPart(rest)
	var version struct {
		Name, Vers string
		Features   map[string][]string
		Deps       []map[string]any
	}
	if json.Unmarshal(metadata, &version) != nil || version.Name == "" || version.Vers == "" || crate == nil {
		c.refuse(http.StatusBadRequest)
		return
	}
	for _, dependency := range version.Deps {
		dependency["req"] = dependency["version_req"] // it has another name in the index
		delete(dependency, "version_req")
	}
	line, _ := json.Marshal(map[string]any{
		"name": version.Name, "vers": version.Vers, "deps": append([]map[string]any{}, version.Deps...), "features": version.Features,
		"cksum": strings.TrimPrefix(digestOf(crate), "sha256:"), "yanked": false,
	})
	a := c.put(cratePath(version.Name, version.Vers), "application/octet-stream", crate)
	if a.status == http.StatusCreated {
		a = c.put(cargoIndexFolder+strings.ToLower(version.Name)+"/"+version.Vers, "application/json", line)
	}
	if a.status == http.StatusCreated {
		c.sendJSON(http.StatusOK, map[string]any{"warnings": map[string]any{"invalid_categories": []string{}, "invalid_badges": []string{}, "other": []string{}}})
		return
	}
	c.pass(a)
}

// cutPart cuts off a part that stands behind its length; nil where it isn't all there.
func cutPart(text []byte) (part, rest []byte) {
	if len(text) < 4 {
		return nil, nil
	}
	length := uint64(binary.LittleEndian.Uint32(text))
	if text = text[4:]; length > uint64(len(text)) {
		return nil, nil
	}
	return text[:length], text[length:]
}
