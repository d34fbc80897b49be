package httpapi

import (
	"bytes"
	"cmp"
	"crypto/fips140"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// SystemVerifier returns the check that crypto/x509 makes, against the same certificates: the system's, or those that
// SSL_CERT_FILE and SSL_CERT_DIR name. It reads them when the first server is checked, once for all clients that share it,
// and parses only those that may have signed the server's: to parse all of them took half of the time that frogmint needs
// of a processor. It is nil where crypto/x509 has to do it, as on other systems.
//
// It may be called concurrently.
func SystemVerifier(getenv func(string) string) VerifyFunc {
	if fips140.Enabled() {
		return nil // crypto/tls then looks at the chains itself
	}
	return (&systemRoots{
		file: sync.OnceValue(func() certs {
			if file := getenv("SSL_CERT_FILE"); file != "" {
				return readFirst([]string{file})
			}
			return readFirst(certFiles())
		}),
		dirs: sync.OnceValue(func() certs {
			if list := getenv("SSL_CERT_DIR"); list != "" {
				return readDirs(strings.Split(list, ":"))
			}
			return readDirs(certDirs())
		}),
	}).verify
}

// certFiles are those of which crypto/x509 reads the first that there is, certDirs those of which it reads every file.
func certFiles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
	}
}

func certDirs() []string { return []string{"/etc/ssl/certs", "/etc/pki/tls/certs"} }

// certs are certificates that nobody has parsed.
type certs struct {
	der [][]byte
	err error // the first one of reading, unless something isn't there
}

// systemRoots are the system's CA certificates, the file's and the directories'. A check that succeeds with some of them
// does so with all: the directories, which mostly hold the same again, are read only for one that fails otherwise.
type systemRoots struct{ file, dirs func() certs }

func (r *systemRoots) verify(chain []*x509.Certificate, host string, roots *x509.CertPool) error {
	pool := x509.NewCertPool()
	if roots != nil {
		pool = roots.Clone()
		if verifyChain(chain, host, pool) == nil {
			return nil
		}
	}
	file := r.file()
	file.addTo(pool, chain)
	if verifyChain(chain, host, pool) == nil {
		return nil
	}
	dirs := r.dirs()
	dirs.addTo(pool, chain)
	err := verifyChain(chain, host, pool)
	if unreadable := cmp.Or(file.err, dirs.err); err != nil && unreadable != nil && roots == nil && len(file.der)+len(dirs.der) == 0 {
		return x509.SystemRootsError{Err: unreadable}
	}
	return err
}

// verifyChain is what crypto/tls does with a server's certificates.
func verifyChain(chain []*x509.Certificate, host string, roots *x509.CertPool) error {
	options := x509.VerifyOptions{Roots: roots, DNSName: host, Intermediates: x509.NewCertPool()}
	for _, certificate := range chain[1:] {
		options.Intermediates.AddCert(certificate)
	}
	_, err := chain[0].Verify(options)
	return err
}

// addTo adds those that crypto/x509 would look at for a chain: the subject of a CA certificate is the issuer of one of the
// chain, or the server's own certificate is trusted. A certificate holds its subject as it stands.
func (c certs) addTo(pool *x509.CertPool, chain []*x509.Certificate) {
	for _, der := range c.der {
		concerned := bytes.Equal(der, chain[0].Raw)
		for _, certificate := range chain {
			concerned = concerned || bytes.Contains(der, certificate.RawIssuer)
		}
		if !concerned {
			continue
		}
		if certificate, err := x509.ParseCertificate(der); err == nil {
			pool.AddCert(certificate)
		}
	}
}

func (c *certs) read(path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the system's, or the user's choice
	if err != nil {
		return err
	}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil
		}
		if block.Type == "CERTIFICATE" && len(block.Headers) == 0 {
			c.der = append(c.der, block.Bytes)
		}
	}
}

func (c *certs) failed(err error) {
	if c.err == nil && err != nil && !os.IsNotExist(err) {
		c.err = err
	}
}

func readFirst(files []string) (c certs) {
	for _, file := range files {
		err := c.read(file)
		if err == nil {
			break
		}
		c.failed(err)
	}
	return c
}

// readDirs leaves out links within a directory, which give a file a second name.
func readDirs(dirs []string) (c certs) {
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			c.failed(err)
			continue
		}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			if entry.Type()&fs.ModeSymlink != 0 {
				if target, err := os.Readlink(path); err == nil && !strings.Contains(target, "/") {
					continue
				}
			}
			_ = c.read(path) // a file that can't be read, or holds none
		}
	}
	return c
}
