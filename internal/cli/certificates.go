package cli

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// Where crypto/x509 finds the system's CA certificates: it reads the file and every file of the directories. The values are
// those that it takes on Debian, and in the image, where the variables aren't set.
const (
	certFile = "SSL_CERT_FILE"
	certDir  = "SSL_CERT_DIR"

	usualCertFile = "/etc/ssl/certs/ca-certificates.crt"
	usualCertDirs = "/etc/ssl/certs:/etc/pki/tls/certs"
)

// restoreCertificates undoes what a step between may have done to the variables that name the system's CA certificates:
// with one of them it could keep its token from being revoked. They are read with the first TLS connection.
func (c *Command) restoreCertificates(state action.State) error {
	if c.Setenv == nil {
		return nil
	}
	return errors.Join(c.Setenv(certFile, state.CertFile), c.Setenv(certDir, state.CertDir))
}

// readCertificatesOnce keeps crypto/x509 from parsing the same bundle a second time, as all that there is in the directory
// in which it lies: in the image that took a quarter of the processor time of a step. It is for the action's steps, which
// start no other program, and before the first TLS connection.
func (c *Command) readCertificatesOnce() {
	file := cmp.Or(c.getenv(certFile), usualCertFile)
	if c.Setenv != nil && holdNothingElse(strings.Split(cmp.Or(c.getenv(certDir), usualCertDirs), ":"), file) {
		_ = c.Setenv(certDir, "/nonexistent")
	}
}

// holdNothingElse reports whether a file is all that is in some directories. Those that can't be read hold nothing.
func holdNothingElse(dirs []string, file string) bool {
	bundle, err := os.Stat(file)
	if err != nil {
		return false
	}
	for _, dir := range dirs {
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			other, err := os.Stat(filepath.Join(dir, entry.Name()))
			if err != nil || !os.SameFile(bundle, other) {
				return false
			}
		}
	}
	return true
}
