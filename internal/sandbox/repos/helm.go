package repos

import (
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// helm serves api/helm/REPO: an index of the charts, which are deployed as files. Charts as OCI artifacts are docker's.
func (c *call) helm() {
	switch {
	case !c.reads():
		c.refuse(http.StatusMethodNotAllowed)
	case c.item == "index.yaml":
		c.helmIndex()
	default:
		c.Get(c.item).Send(c.w)
	}
}

func (c *call) helmIndex() {
	items, ok := c.List("")
	if !ok {
		return
	}
	chart := regexp.MustCompile(`^(.+)-(v?\d+\.\d+\.\d+\S*)\.tgz$`) // NAME-VERSION.tgz
	versions := map[string]string{}
	for _, item := range items {
		if name := chart.FindStringSubmatch(path.Base(item)); name != nil {
			address := c.base + "/artifactory/api/helm/" + c.Key + "/" + item
			versions[name[1]] += "  - {apiVersion: v2, name: " + strconv.Quote(name[1]) + ", version: " + strconv.Quote(name[2]) + ", urls: [" + strconv.Quote(address) + "]}\n"
		}
	}
	var index strings.Builder
	index.WriteString("apiVersion: v1\nentries:\n")
	for name, lines := range versions {
		index.WriteString("  " + strconv.Quote(name) + ":\n" + lines)
	}
	c.send(http.StatusOK, "text/yaml", []byte(index.String()))
}
