package httpapi

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// rootsAreFiles is whether crypto/x509 takes the system's CA certificates from files and judges by itself. Elsewhere the system has a
// say, which it must not lose.
const rootsAreFiles = runtime.GOOS == "linux"

// Roots returns CA certificates to trust. It is given the certificates that a server sent, its own first, and may leave out what has
// issued none of them; given none, it returns all.
type Roots = func(sent []*x509.Certificate) (*x509.CertPool, error)

// SystemRoots returns the system's CA certificates, from where crypto/x509 reads them. On Linux they are read once, by the first
// connection, and only those are parsed that a server's certificates name: to parse all 140 took a tenth of a step's processor time.
func SystemRoots(getenv func(string) string) Roots {
	if !rootsAreFiles {
		return func([]*x509.Certificate) (*x509.CertPool, error) { return x509.SystemCertPool() }
	}
	var (
		once sync.Once
		all  authorities
		err  error
	)
	return func(sent []*x509.Certificate) (*x509.CertPool, error) {
		once.Do(func() { all, err = readRoots(getenv) })
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		all.addTo(pool, sent)
		return pool, nil
	}
}

// authorities are CA certificates in DER that nobody has parsed yet.
type authorities [][]byte

// decodePEM finds the certificates of a text that crypto/x509 would: what is one is encoding/pem's decision there, too.
func decodePEM(text []byte) (found authorities) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" && len(block.Headers) == 0 {
			found = append(found, block.Bytes)
		}
	}
	return found
}

// addTo adds those that may have issued the certificates which a server sent; all of them for none.
func (a authorities) addTo(pool *x509.CertPool, sent []*x509.Certificate) {
	for _, der := range a {
		if len(sent) > 0 && !isAskedFor(der, sent) {
			continue
		}
		if one, err := x509.ParseCertificate(der); err == nil { // else crypto/x509 doesn't trust it either
			pool.AddCert(one)
		}
	}
}

// areNone reports whether none of them is a certificate.
func (a authorities) areNone() bool {
	pool := x509.NewCertPool()
	a.addTo(pool, nil)
	return pool.Equal(x509.NewCertPool())
}

// isAskedFor reports whether a certificate may have issued one of those that were sent. crypto/x509 finds an issuer by its whole name,
// and a server's own certificate by all of its bytes, of which its issuer's name is a part. So a certificate without that name can't
// matter, and one that holds it for another reason is parsed in vain.
func isAskedFor(der []byte, sent []*x509.Certificate) bool {
	const quick = 60 // bytes.Contains takes twenty times as long for more than some 60
	for _, one := range sent {
		if name := one.RawIssuer; bytes.Contains(der, name[max(0, len(name)-quick):]) {
			return true
		}
	}
	return false
}

// readRoots reads the system's CA certificates, and their bundle once, which mostly stands in a folder that is read, too.
func readRoots(getenv func(string) string) (authorities, error) {
	files, folders := []string{getenv("SSL_CERT_FILE")}, strings.Split(getenv("SSL_CERT_DIR"), ":")
	if files[0] == "" {
		files = []string{
			"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
			"/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
		}
	}
	if len(folders) == 1 && folders[0] == "" {
		folders = []string{"/etc/ssl/certs", "/etc/pki/tls/certs"}
	}
	var r rootReader
	for _, name := range files {
		err := r.readFile(name)
		if err == nil {
			r.bundle = filepath.Clean(name)
			break // the first that there is
		}
		r.note(err)
	}
	for _, name := range folders {
		r.note(r.readFolder(name))
	}
	if r.err != nil && r.all.areNone() {
		return nil, fmt.Errorf("reading the system's CA certificates: %v", r.err)
	}
	return r.all, nil
}

type rootReader struct {
	all    authorities
	bundle string // the file that was read
	err    error  // the first, but for what isn't there
}

func (r *rootReader) note(err error) {
	if r.err == nil && !errors.Is(err, fs.ErrNotExist) {
		r.err = err
	}
}

// readFile adds the certificates of a file.
func (r *rootReader) readFile(name string) error {
	text, err := os.ReadFile(name) //nolint:gosec // which files these are is the system's decision
	if err != nil {
		return err
	}
	r.all = append(r.all, decodePEM(text)...)
	return nil
}

// readFolder leaves out the bundle, and the links within the folder by which OpenSSL finds the same files.
func (r *rootReader) readFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := filepath.Join(folder, entry.Name())
		if name == r.bundle || isLinkWithin(name, entry) {
			continue
		}
		_ = r.readFile(name) // what can't be read isn't trusted
	}
	return nil
}

func isLinkWithin(name string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return false
	}
	target, err := os.Readlink(name)
	return err == nil && !strings.Contains(target, "/")
}
