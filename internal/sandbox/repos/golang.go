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
			c.Get(newest + "/@v/" + latest(versions) + ".info").Send(c.w)
		} else if ok {
			c.refuse(http.StatusNotFound)
		}
	default:
		c.Get(c.item).Send(c.w)
	}
}

func (c *call) goVersions(module string) (versions []string, ok bool) {
	items, ok := c.List(module + "/@v/")
	for _, item := range items {
		if version, isInfo := strings.CutSuffix(path.Base(item), ".info"); isInfo {
			versions = append(versions, version)
		}
	}
	return versions, ok
}
