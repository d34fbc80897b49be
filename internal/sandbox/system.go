package sandbox

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
)

type versionResponse struct {
	Version  string   `json:"version"`
	Revision string   `json:"revision"`
	Addons   []string `json:"addons"`
	License  string   `json:"license"`
}

// ping answers everybody, with bad credentials too (observed).
func (c *call) ping() error { return c.text("OK") }

func (c *call) systemVersion() error {
	if _, err := c.artifactoryCaller(); err != nil {
		return err
	}
	return c.json(http.StatusOK, versionResponse{
		Version: c.s.version.String(), Revision: "sandbox", Addons: []string{}, License: "sandbox",
	})
}

// certRoot gives an administrator the certificate of the key that signs the tokens: base64 of DER, or formatted.
func (c *call) certRoot() error {
	if _, err := c.adminCaller(); err != nil {
		return err
	}
	root := c.s.signer.root
	if c.r.URL.Query().Get("formatted") == "true" {
		return c.text(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})))
	}
	return c.text(base64.StdEncoding.EncodeToString(root))
}
