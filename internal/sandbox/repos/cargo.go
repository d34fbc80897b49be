package repos

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
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
		base := c.base + "/artifactory/api/cargo/" + c.Key
		c.greet(map[string]any{"dl": base + "/v1/crates", "api": base, "auth-required": true})
	case isIndex:
		c.cargoIndex(index[strings.LastIndex(index, "/")+1:])
	case isCrate:
		name, version, _ := strings.Cut(strings.TrimSuffix(crate, "/download"), "/")
		c.Get(cratePath(name, version)).Send(c.w)
	default:
		c.refuse(http.StatusNotFound)
	}
}

func cratePath(name, version string) string {
	return "crates/" + name + "/" + name + "-" + version + ".crate"
}

const cargoIndexFolder = ".cargo/index/" // names below it are in lower case, as cargo asks for them

func (c *call) cargoIndex(name string) {
	files, ok := c.Read(c.find(cargoIndexFolder + name + "/"))
	if !ok {
		return
	}
	var text strings.Builder
	for _, item := range slices.Sorted(maps.Keys(files)) {
		text.WriteString(string(files[item]) + "\n")
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
	if c.Store(map[string][]byte{
		cratePath(version.Name, version.Vers):                                 crate,
		cargoIndexFolder + strings.ToLower(version.Name) + "/" + version.Vers: line,
	}) {
		c.sendJSON(http.StatusOK, map[string]any{"warnings": map[string]any{"invalid_categories": []string{}, "invalid_badges": []string{}, "other": []string{}}})
	}
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
