package sandbox

import (
	"net/http"
	"strings"
)

type itemResponse struct {
	Repo      string    `json:"repo"`
	Path      string    `json:"path"`
	Created   string    `json:"created"`
	CreatedBy string    `json:"createdBy"`
	MimeType  string    `json:"mimeType"`
	Size      string    `json:"size"`
	Checksums checksums `json:"checksums"`
	URI       string    `json:"uri"`
}

type propertiesResponse struct {
	Properties map[string][]string `json:"properties"`
	URI        string              `json:"uri"`
}

// itemInfo describes an artifact, or with ?properties lists its properties.
func (c *call) itemInfo() error {
	a, err := c.found('r', "read")
	if err != nil {
		return err
	}
	full := a.response(c.s.BaseURL())
	uri := c.s.BaseURL() + c.r.URL.EscapedPath()
	if !c.r.URL.Query().Has("properties") {
		return c.json(http.StatusOK, itemResponse{
			full.Repo, full.Path, full.Created, full.CreatedBy, full.MimeType, full.Size, full.Checksums, uri,
		})
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if len(a.properties) == 0 {
		return notFound("No properties could be found.")
	}
	return c.json(http.StatusOK, propertiesResponse{a.properties, uri})
}

// setProperties annotates an artifact: ?properties=name=value,value;name=value.
func (c *call) setProperties() error {
	return c.annotate(func(a *artifact, text string) {
		for name, values := range propertyList(text) {
			a.properties[name] = values
		}
	})
}

// removeProperties takes properties away: ?properties=name,name.
func (c *call) removeProperties() error {
	return c.annotate(func(a *artifact, text string) {
		for _, name := range strings.Split(text, ",") {
			delete(a.properties, name)
		}
	})
}

func (c *call) annotate(change func(a *artifact, text string)) error {
	a, err := c.found('n', "annotate")
	if err != nil {
		return err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	change(a, propertiesOf(c.r.URL.RawQuery))
	return c.empty(http.StatusNoContent)
}

// propertiesOf reads the parameter by hand: its semicolons aren't separators of a query to Go.
func propertiesOf(rawQuery string) string {
	for _, part := range strings.Split(rawQuery, "&") {
		if text, ok := strings.CutPrefix(part, "properties="); ok {
			return unescape(text)
		}
	}
	return ""
}
