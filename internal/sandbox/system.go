package sandbox

import "net/http"

type versionResponse struct {
	Version  string   `json:"version"`
	Revision string   `json:"revision"`
	Addons   []string `json:"addons"`
	License  string   `json:"license"`
}

// ping answers everybody, with bad credentials too (observed).
func (c *call) ping() error { return c.text(http.StatusOK, "OK") }

func (c *call) systemVersion() error {
	if _, err := c.artifactoryCaller(); err != nil {
		return err
	}
	return c.json(http.StatusOK, versionResponse{
		Version: c.s.version.String(), Revision: "sandbox", Addons: []string{}, License: "sandbox",
	})
}
