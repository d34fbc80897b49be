package sandbox

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
)

// ping answers everybody, with bad credentials too (observed).
func (c *call) ping() error { return c.text("OK") }

// usage takes what clients report about themselves.
func (c *call) usage() error { return c.empty(http.StatusOK) }

func (c *call) systemVersion() error {
	if _, err := c.artifactoryCaller(); err != nil {
		return err
	}
	return c.json(http.StatusOK, map[string]any{
		"version": c.s.version.String(), "revision": "sandbox", "addons": []string{}, "license": "sandbox",
	})
}

// accessVersion is what JFrog's Terraform provider reads before it sends an organization. Access has numbers of its own:
// its 7.138.0 is taken for the Access of Artifactory 7.110, from the two documents of the same gate (inferred).
func (c *call) accessVersion() error {
	if _, err := c.accessCaller(); err != nil {
		return err
	}
	return c.json(http.StatusOK, map[string]string{"name": (c.s.version + accessAhead).String()})
}

// certRoot gives everybody the certificate of the key that signs the tokens: base64 of DER, or formatted.
func (c *call) certRoot() error {
	root, err := c.s.signer.root()
	if err != nil {
		return err
	}
	if c.r.URL.Query().Get("formatted") == "true" {
		return c.text(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})))
	}
	return c.text(base64.StdEncoding.EncodeToString(root))
}
