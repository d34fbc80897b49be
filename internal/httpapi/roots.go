package httpapi

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// rootsAreFiles is whether crypto/x509 takes the system's CA certificates from files and judges by itself. Elsewhere the system has a
// say, which it must not lose.
const rootsAreFiles = runtime.GOOS == "linux"

// SystemRoots reads the system's CA certificates from where crypto/x509 does. On Linux it hands each of them to crypto/x509
// once: their bundle mostly stands beside the single ones in a folder that is read too, and to parse all of them twice was
// half of the processor time of a step.
func SystemRoots(getenv func(string) string) (*x509.CertPool, error) {
	if !rootsAreFiles {
		return x509.SystemCertPool()
	}
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
	r := rootReader{pool: x509.NewCertPool(), seen: map[[sha256.Size]byte]bool{}}
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
	if !r.found && r.err != nil {
		return nil, fmt.Errorf("reading the system's CA certificates: %v", r.err)
	}
	return r.pool, nil
}

type rootReader struct {
	pool   *x509.CertPool
	seen   map[[sha256.Size]byte]bool // digests of the certificates that the pool has got
	bundle string                     // the file that was read
	found  bool
	err    error // the first, but for what isn't there
}

func (r *rootReader) note(err error) {
	if r.err == nil && !errors.Is(err, fs.ErrNotExist) {
		r.err = err
	}
}

// readFile hands crypto/x509 each certificate that it hasn't got yet: what is one is its decision, and encoding/pem's.
func (r *rootReader) readFile(name string) error {
	text, err := os.ReadFile(name) //nolint:gosec // which files these are is the system's decision
	if err != nil {
		return err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		digest := sha256.Sum256(block.Bytes)
		if block.Type != "CERTIFICATE" || len(block.Headers) > 0 || r.seen[digest] {
			continue
		}
		r.seen[digest] = true
		if one, err := x509.ParseCertificate(block.Bytes); err == nil {
			r.pool.AddCert(one)
			r.found = true
		}
	}
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
