package sandbox

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"strconv"
	"strings"
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

// version is a release of Artifactory as one comparable number: 7.50.3 is 7_050_003.
type version int

// What each release added. Where no mark stands the release is documented by JFrog.
const (
	certRootSince        version = 7_012_000
	tokensSince          version = 7_021_001
	refreshSince         version = 7_037_009
	artifactScopeSince   version = 7_038_000 // documented as 7.38, without its last number
	referenceSince       version = 7_038_010
	neverExpiresSince    version = 7_042_001 // observed: before it an admin's expires_in of 0 still gave one year
	accessGroupsSince    version = 7_049_003
	errorListSince       version = 7_050_000 // inferred: 7.49 was seen with the flat body, later releases with the list
	forceRevocableSince  version = 7_050_003
	tokensMeSince        version = 7_053_001
	refreshGraceSince    version = 7_059_005
	basicMintSince       version = 7_063_002
	revokeByValueSince   version = 7_068_000
	meAnyAudienceSince   version = 7_068_000
	oidcSince            version = 7_077_003 // of an installation; the cloud had it from 7.73.1
	projectAdminSince    version = 7_084_003
	projectMappingsSince version = 7_094_000
	claimPatternsSince   version = 7_094_001
	dynamicMappingSince  version = 7_095_000
	lastUsedSince        version = 7_108_003
	organizationSince    version = 7_110_001
	organizationGHESince version = 7_116_000 // inferred from Access 7.144.0, which JFrog's Terraform provider wants

	newest      version = 7_146_038 // the newest that was seen in use
	accessAhead version = 28_000    // by how much the number of Access is ahead of Artifactory's
)

// parseVersion reads "7.111.0"; missing parts are zero.
func parseVersion(text string) (version, error) {
	parts := strings.Split(text, ".")
	if len(parts) > 3 {
		return 0, fmt.Errorf("parsing version %q: more than three parts", text)
	}
	var v version
	for i := range 3 {
		part := 0
		if i < len(parts) {
			var err error
			if part, err = strconv.Atoi(parts[i]); err != nil || part < 0 || part > 999 {
				return 0, fmt.Errorf("parsing version %q: part %q is no number from 0 to 999", text, parts[i])
			}
		}
		v = v*1000 + version(part)
	}
	return v, nil
}

// String returns the version as JFrog writes it.
func (v version) String() string {
	return fmt.Sprintf("%d.%d.%d", v/1_000_000, v/1000%1000, v%1000)
}
