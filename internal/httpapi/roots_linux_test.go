package httpapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// issued is a certificate with its key.
type issued struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate that by signs; without by it signs itself.
func issue(t *testing.T, template x509.Certificate, by *issued) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.BasicConstraintsValid = big.NewInt(time.Now().UnixNano()), true
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	one := &issued{&template, key}
	if by == nil {
		by = one
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, by.Certificate, &key.PublicKey, by.key)
	if err == nil {
		one.Certificate, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func authority(name string) x509.Certificate {
	return x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}
}

func serverOf(name string) x509.Certificate {
	return x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

func bundle(certificates ...*issued) []byte {
	var text []byte
	for _, c := range certificates {
		text = append(text, "# "+c.Subject.CommonName+"\n"...)
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

func poolOf(certificates ...*issued) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c.Certificate)
	}
	return pool
}

// TestSystemVerifier_DecidesAsX509 compares with crypto/x509, which has all of the certificates in one pool.
func TestSystemVerifier_DecidesAsX509(t *testing.T) {
	t.Parallel()
	root, other, private := issue(t, authority("root"), nil), issue(t, authority("other"), nil), issue(t, authority("private"), nil)
	namesake, inDir := issue(t, authority("root"), nil), issue(t, authority("in a directory"), nil)
	middle := issue(t, authority("middle"), root)
	narrow := authority("narrow")
	narrow.PermittedDNSDomainsCritical, narrow.PermittedDNSDomains = true, []string{"acme.test"}
	constrained := issue(t, narrow, nil)
	old := authority("old")
	old.NotBefore, old.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	past := serverOf("jfrog.test")
	past.NotBefore, past.NotAfter = old.NotBefore, old.NotAfter
	expired, pinned := issue(t, old, nil), issue(t, serverOf("jfrog.test"), other)
	client := serverOf("jfrog.test")
	client.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}

	dir := t.TempDir()
	file, certDir := filepath.Join(dir, "bundle.pem"), filepath.Join(dir, "certs")
	inFile := []*issued{namesake, root, constrained, expired, pinned}
	write(t, file, append([]byte("no certificate\n"), bundle(inFile...)...))
	write(t, filepath.Join(certDir, "one.pem"), bundle(inDir))
	write(t, filepath.Join(certDir, "README"), []byte("nothing"))
	system := append(inFile, inDir)

	for name, test := range map[string]struct {
		chain []*issued
		host  string
		roots []*issued // of ca-cert
		ok    bool
	}{
		"signed by a root":            {[]*issued{issue(t, serverOf("jfrog.test"), root)}, "jfrog.test", nil, true},
		"asked for by its address":    {[]*issued{issue(t, serverOf("jfrog.test"), root)}, "127.0.0.1", nil, true},
		"through an intermediate":     {[]*issued{issue(t, serverOf("jfrog.test"), middle), middle}, "jfrog.test", nil, true},
		"with the root in the chain":  {[]*issued{issue(t, serverOf("jfrog.test"), middle), middle, root}, "jfrog.test", nil, true},
		"the intermediate is missing": {[]*issued{issue(t, serverOf("jfrog.test"), middle)}, "jfrog.test", nil, false},
		"in a directory":              {[]*issued{issue(t, serverOf("jfrog.test"), inDir)}, "jfrog.test", nil, true},
		"another host":                {[]*issued{issue(t, serverOf("jfrog.test"), root)}, "evil.test", nil, false},
		"another address":             {[]*issued{issue(t, serverOf("jfrog.test"), root)}, "127.0.0.2", nil, false},
		"no host":                     {[]*issued{issue(t, x509.Certificate{}, root)}, "jfrog.test", nil, false},
		"unknown":                     {[]*issued{issue(t, serverOf("jfrog.test"), other)}, "jfrog.test", nil, false},
		"signs itself":                {[]*issued{issue(t, serverOf("jfrog.test"), nil)}, "jfrog.test", nil, false},
		"expired":                     {[]*issued{issue(t, past, root)}, "jfrog.test", nil, false},
		"its root has expired":        {[]*issued{issue(t, serverOf("jfrog.test"), expired)}, "jfrog.test", nil, false},
		"for clients":                 {[]*issued{issue(t, client, root)}, "jfrog.test", nil, false},
		"outside of a constraint":     {[]*issued{issue(t, serverOf("jfrog.test"), constrained)}, "jfrog.test", nil, false},
		"within a constraint":         {[]*issued{issue(t, serverOf("a.acme.test"), constrained)}, "a.acme.test", nil, true},
		"trusted by itself":           {[]*issued{pinned}, "jfrog.test", nil, true},
		"by ca-cert":                  {[]*issued{issue(t, serverOf("jfrog.test"), private)}, "jfrog.test", []*issued{private}, true},
		"by ca-cert, another host":    {[]*issued{issue(t, serverOf("jfrog.test"), private)}, "evil.test", []*issued{private}, false},
		"by the system with ca-cert":  {[]*issued{issue(t, serverOf("jfrog.test"), root)}, "jfrog.test", []*issued{private}, true},
		"unknown with ca-cert":        {[]*issued{issue(t, serverOf("jfrog.test"), other)}, "jfrog.test", []*issued{private}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := make([]*x509.Certificate, len(test.chain))
			for i, one := range test.chain {
				chain[i] = one.Certificate
			}
			var roots *x509.CertPool
			if test.roots != nil {
				roots = poolOf(test.roots...)
			}
			err := verifierOf(t, file, certDir)(chain, test.host, roots)
			_, want := chain[0].Verify(x509.VerifyOptions{
				Roots: poolOf(append(test.roots, system...)...), DNSName: test.host, Intermediates: poolOf(test.chain[1:]...),
			})
			if (err == nil) != test.ok || said(err) != said(want) {
				t.Errorf("got %T %v, crypto/x509 says %T %v", err, err, want, want)
			}
		})
	}
}

// said is the type and the words of an error, without the time in them.
func said(err error) string {
	words, _, _ := strings.Cut(fmt.Sprintf("%T %v", err, err), ": current time")
	return words
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func verifierOf(t *testing.T, file, dir string) httpapi.VerifyFunc {
	t.Helper()
	verify := httpapi.SystemVerifier(func(name string) string {
		return map[string]string{"SSL_CERT_FILE": file, "SSL_CERT_DIR": dir}[name]
	})
	if verify == nil {
		t.Skip("crypto/tls verifies in FIPS 140-3 mode")
	}
	return verify
}

// TestSystemVerifier_SaysWhatItCannotRead as crypto/x509 does: a server isn't called untrusted where nothing could be read.
func TestSystemVerifier_SaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "empty", "a"), nil)
	root := issue(t, authority("root"), nil)
	chain := []*x509.Certificate{issue(t, serverOf("jfrog.test"), root).Certificate}
	for name, test := range map[string]struct {
		file, dir string
		want      string
	}{
		"a folder":      {filepath.Join(dir, "empty"), filepath.Join(dir, "no"), "x509: failed to load system roots"},
		"not there":     {filepath.Join(dir, "no"), filepath.Join(dir, "no"), "x509: certificate signed by unknown authority"},
		"nothing in it": {filepath.Join(dir, "empty", "a"), filepath.Join(dir, "empty"), "x509: certificate signed by unknown authority"},
	} {
		if err := verifierOf(t, test.file, test.dir)(chain, "jfrog.test", nil); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := verifierOf(t, filepath.Join(dir, "empty"), filepath.Join(dir, "no"))(chain, "jfrog.test", poolOf(root)); err != nil {
		t.Errorf("ca-cert counts also then: %v", err)
	}
	var unknown x509.UnknownAuthorityError
	other := poolOf(issue(t, authority("other"), nil))
	if err := verifierOf(t, filepath.Join(dir, "empty"), filepath.Join(dir, "no"))(chain, "jfrog.test", other); !errors.As(err, &unknown) {
		t.Errorf("with ca-cert: %v", err)
	}
}

// TestSystemVerifier_ReadsOnce, and not at all where ca-cert is enough, as with a platform of one's own.
func TestSystemVerifier_ReadsOnce(t *testing.T) {
	t.Parallel()
	root, private := issue(t, authority("root"), nil), issue(t, authority("private"), nil)
	file := filepath.Join(t.TempDir(), "bundle.pem")
	write(t, file, bundle(root))
	var asked []string
	verify := httpapi.SystemVerifier(func(name string) string {
		asked = append(asked, name)
		return file
	})
	if verify == nil {
		t.Skip("crypto/tls verifies in FIPS 140-3 mode")
	}
	for i, by := range []*issued{private, root, root} {
		chain := []*x509.Certificate{issue(t, serverOf("jfrog.test"), by).Certificate}
		if err := verify(chain, "jfrog.test", poolOf(private)); err != nil {
			t.Error(err)
		}
		if i == 0 && len(asked) > 0 || i > 0 && (len(asked) != 1 || asked[0] != "SSL_CERT_FILE") {
			t.Errorf("after %d checks the system's were looked for by %q", i+1, asked)
		}
	}
}

// TestSystemVerifier_TrustsTheSystem: without the variables it finds what crypto/x509 finds.
func TestSystemVerifier_TrustsTheSystem(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Skip("this machine keeps its CA certificates elsewhere")
	}
	verify := verifierOf(t, "", "")
	checked := 0
	for block, rest := pem.Decode(text); block != nil && checked < 30; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		chain := []*x509.Certificate{certificate}
		_, want := certificate.Verify(x509.VerifyOptions{})
		if got := verify(chain, "", nil); said(got) != said(want) {
			t.Errorf("%s: got %v, crypto/x509 says %v", certificate.Subject, got, want)
		}
		checked++
	}
	if checked == 0 {
		t.Error("no certificate was checked")
	}
}
