package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// artifactView is an artifact as the answer to a deployment and as api/storage shows it.
type artifactView struct {
	Repo              string    `json:"repo"`
	Path              string    `json:"path"`
	Created           string    `json:"created"`
	CreatedBy         string    `json:"createdBy"`
	DownloadURI       string    `json:"downloadUri"`
	MimeType          string    `json:"mimeType"`
	Size              string    `json:"size"`
	Checksums         checksums `json:"checksums"`
	OriginalChecksums checksums `json:"originalChecksums"`
	URI               string    `json:"uri"`
	LastModified      string    `json:"lastModified,omitempty"` // these three not in the answer to a deployment
	ModifiedBy        string    `json:"modifiedBy,omitempty"`
	LastUpdated       string    `json:"lastUpdated,omitempty"`
}

// wireTime is how Artifactory writes times, in UTC.
const wireTime = "2006-01-02T15:04:05.000Z"

func (a *artifact) view(base string) artifactView {
	uri := base + "/artifactory/" + a.repo + "/" + a.path
	return artifactView{
		Repo: a.repo, Path: "/" + a.path, Created: a.created.UTC().Format(wireTime), CreatedBy: a.createdBy,
		DownloadURI: uri, MimeType: a.contentType, Size: strconv.Itoa(len(a.data)),
		Checksums: a.sums, OriginalChecksums: a.sums, URI: uri,
	}
}

// itemInfo describes an artifact, or with ?properties lists its properties.
func (c *call) itemInfo() error {
	a, err := c.found(actRead)
	if err != nil {
		return err
	}
	uri := c.s.BaseURL() + c.r.URL.EscapedPath()
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.r.URL.Query().Has("properties") {
		if len(a.properties) == 0 {
			return notFound("No properties could be found.")
		}
		return c.json(http.StatusOK, map[string]any{"properties": a.properties, "uri": uri})
	}
	view := a.view(c.s.baseURL)
	view.URI, view.ModifiedBy, view.LastModified, view.LastUpdated = uri, view.CreatedBy, view.Created, view.Created
	return c.json(http.StatusOK, view)
}

// setProperties annotates an artifact: ?properties=name=value,value;name=value.
func (c *call) setProperties() error {
	return c.annotate(func(a *artifact, text string) {
		for name, values := range parseProperties(text) {
			a.properties[name] = values
		}
	})
}

// removeProperties takes properties away: ?properties=name,name.
func (c *call) removeProperties() error {
	return c.annotate(func(a *artifact, text string) {
		for name := range strings.SplitSeq(text, ",") {
			delete(a.properties, name)
		}
	})
}

func (c *call) annotate(change func(a *artifact, text string)) error {
	a, err := c.found(actAnnotate)
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
	for part := range strings.SplitSeq(rawQuery, "&") {
		if text, ok := strings.CutPrefix(part, "properties="); ok {
			if plain, err := url.QueryUnescape(text); err == nil {
				return plain
			}
		}
	}
	return ""
}

// parseProperties reads name=value,value;name=value.
func parseProperties(text string) map[string][]string {
	properties := map[string][]string{}
	for pair := range strings.SplitSeq(text, ";") {
		if name, values, ok := strings.Cut(pair, "="); ok && name != "" {
			properties[name] = append(properties[name], strings.Split(values, ",")...)
		}
	}
	return properties
}
