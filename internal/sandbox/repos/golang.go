package repos

import (
	"net/http"
	"path"
	"strings"
)

// golang serves api/go/REPO by Go's protocol for module proxies. A module's files are deployed as such:
// REPO/MODULE/@v/VERSION.info, .mod and .zip.
func (c *call) golang() {
	module, isList := strings.CutSuffix(c.item, "/@v/list")
	newest, isLatest := strings.CutSuffix(c.item, "/@latest")
	switch {
	case c.r.Method != http.MethodGet:
		c.refuse(http.StatusMethodNotAllowed)
	case isList:
		if versions, ok := c.goVersions(module); ok {
			c.send(http.StatusOK, "text/plain", []byte(strings.Join(versions, "\n")))
		}
	case isLatest:
		versions, ok := c.goVersions(newest)
		if ok && len(versions) > 0 {
			c.pass(c.get(newest + "/@v/" + latest(versions) + ".info"))
		} else if ok {
			c.refuse(http.StatusNotFound)
		}
	default:
		c.pass(c.get(c.item))
	}
}

func (c *call) goVersions(module string) (versions []string, ok bool) {
	items, ok := c.list(module + "/@v/")
	for _, item := range items {
		if version, isInfo := strings.CutSuffix(path.Base(item), ".info"); isInfo {
			versions = append(versions, version)
		}
	}
	return versions, ok
}
