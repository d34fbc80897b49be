package repos

import (
	"html"
	"net/http"
	"path"
	"strings"
)

// pypi serves api/pypi/REPO: an upload is a form (twine, uv), and the index is a page for each project (PEP 503).
func (c *call) pypi() {
	simple, isSimple := strings.CutPrefix(c.item+"/", "simple/")
	switch {
	case c.r.Method == http.MethodPost && c.item == "":
		c.pypiUpload()
	case !c.reads():
		c.refuse(http.StatusMethodNotAllowed)
	case isSimple && strings.Count(simple, "/") == 1:
		c.pypiIndex(strings.TrimSuffix(simple, "/"))
	default:
		c.Get(strings.TrimPrefix(c.item, "packages/")).Send(c.w)
	}
}

func (c *call) pypiUpload() {
	file, content := c.formFile("content")
	name, version := pypiName(c.r.PostFormValue("name")), c.r.PostFormValue("version")
	if c.r.PostFormValue(":action") != "file_upload" || name == "" || version == "" || file == "" {
		c.refuse(http.StatusBadRequest)
		return
	}
	if c.Store(map[string][]byte{name + "/" + version + "/" + file: content}) {
		c.send(http.StatusOK, "text/plain", nil)
	}
}

// pypiName is a project's name as pip asks for it (PEP 503).
func pypiName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return strings.Join(words, "-")
}

func (c *call) pypiIndex(name string) {
	items, ok := c.find(pypiName(name) + "/")
	if !ok {
		return
	}
	var page strings.Builder
	page.WriteString("<!DOCTYPE html><html><body>\n")
	for _, item := range items {
		page.WriteString(`<a href="../../packages/` + html.EscapeString(item) + `">` + html.EscapeString(path.Base(item)) + "</a>\n")
	}
	page.WriteString("</body></html>\n")
	c.send(http.StatusOK, "text/html", []byte(page.String()))
}
