package repos

import (
	"bytes"
	"html"
	"io"
	"mime"
	"mime/multipart"
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
		c.pass(c.get(strings.TrimPrefix(c.item, "packages/")))
	}
}

func (c *call) pypiUpload() {
	_, parameters, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	form := multipart.NewReader(bytes.NewReader(c.body), parameters["boundary"])
	fields := map[string]string{}
	file, content := "", []byte(nil)
	for {
		part, err := form.NextPart()
		if err != nil {
			break
		}
		data, _ := io.ReadAll(part) // from memory
		if part.FormName() == "content" {
			file, content = part.FileName(), data
		} else {
			fields[part.FormName()] = string(data)
		}
	}
	if fields[":action"] != "file_upload" || fields["name"] == "" || fields["version"] == "" || file == "" {
		c.refuse(http.StatusBadRequest)
		return
	}
	a := c.put(pypiName(fields["name"])+"/"+fields["version"]+"/"+path.Base(file), "application/octet-stream", content)
	if a.status == http.StatusCreated {
		c.send(http.StatusOK, "text/plain", nil)
		return
	}
	c.pass(a)
}

// pypiName is a project's name as pip asks for it (PEP 503).
func pypiName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return strings.Join(words, "-")
}

func (c *call) pypiIndex(name string) {
	items, ok := c.list(pypiName(name) + "/")
	if !ok {
		return
	}
	if len(items) == 0 {
		c.refuse(http.StatusNotFound)
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
