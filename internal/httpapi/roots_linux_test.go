package httpapi_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// TestSystemRoots_AreThoseOfCryptoX509 compares the two, which crypto/x509 allows once for a process: each row is one of its own.
func TestSystemRoots_AreThoseOfCryptoX509(t *testing.T) {
	if os.Getenv("FROGMINT_TEST_ROOTS") != "" {
		compareRoots(t)
		return
	}
	t.Parallel()
	folder, other, junk := t.TempDir(), t.TempDir(), t.TempDir()
	one, two, three := newIdentity(t, time.Now().Add(time.Hour)), newIdentity(t, time.Now().Add(time.Hour)), newIdentity(t, time.Now().Add(time.Hour))
	bundle := filepath.Join(folder, "bundle.crt")
	write := func(dir, name string, texts ...[]byte) {
		var all []byte
		for _, text := range texts {
			all = append(append(all, text...), '\n')
		}
		if err := os.WriteFile(filepath.Join(dir, name), all, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(folder, "bundle.crt", []byte("# comment"), one.certPEM, two.keyPEM, two.certPEM)
	write(folder, "again.pem", two.certPEM)
	write(folder, "junk", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), []byte("-----BEGIN CERTIFICATE-----"))
	write(other, "three.pem", three.certPEM)
	write(junk, "junk", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"))
	// As they come of cat: joined without a line break, text behind an end, a space before a beginning, no line break before an
	// end, another type with the same bytes first.
	tight := func(cert []byte) []byte { return bytes.TrimSpace(cert) }
	oddFile := func(name string, text ...[]byte) string {
		path := filepath.Join(other, name)
		if err := os.WriteFile(path, bytes.Join(text, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		return "SSL_CERT_FILE=" + path
	}
	retyped := bytes.ReplaceAll(one.certPEM, []byte("CERTIFICATE"), []byte("X509 CERTIFICATE"))
	odd := map[string]string{
		"two without a break":     oddFile("a", tight(one.certPEM), tight(two.certPEM)),
		"three with one break":    oddFile("b", tight(one.certPEM), tight(two.certPEM), []byte("\n"), three.certPEM),
		"text behind an end":      oddFile("c", tight(one.certPEM), []byte(" x\n"), two.certPEM),
		"a space before it":       oddFile("d", []byte(" "), one.certPEM),
		"no break before the end": oddFile("e", bytes.Replace(one.certPEM, []byte("\n-----END"), []byte("-----END"), 1), two.certPEM),
		"CRLF":                    oddFile("f", bytes.ReplaceAll(append(one.certPEM, two.certPEM...), []byte("\n"), []byte("\r\n"))),
		"another type first":      oddFile("g", retyped, one.certPEM),
		"a header":                oddFile("h", bytes.Replace(one.certPEM, []byte("-----\n"), []byte("-----\nA: b\n\n"), 1), two.certPEM),
	}
	for link, target := range map[string]string{
		filepath.Join(folder, "within.0"): "again.pem", filepath.Join(folder, "three.pem"): filepath.Join(other, "three.pem"), filepath.Join(folder, "gone"): "/gone/away",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	rows := map[string][]string{
		"the system's":          {},
		"bundle in its folder":  {"SSL_CERT_FILE=" + bundle, "SSL_CERT_DIR=" + folder},
		"two folders":           {"SSL_CERT_FILE=" + bundle, "SSL_CERT_DIR=" + other + ":" + folder + "/"},
		"bundle alone":          {"SSL_CERT_FILE=" + bundle, "SSL_CERT_DIR=:"},
		"folder alone":          {"SSL_CERT_FILE=/gone", "SSL_CERT_DIR=" + folder},
		"a bundle and no more":  {"SSL_CERT_FILE=" + bundle, "SSL_CERT_DIR=/gone"},
		"nothing":               {"SSL_CERT_FILE=/gone", "SSL_CERT_DIR=/gone"},
		"nothing that is right": {"SSL_CERT_FILE=" + folder, "SSL_CERT_DIR=/gone"},
		"junk after an error":   {"SSL_CERT_FILE=" + folder, "SSL_CERT_DIR=" + junk},
		"junk":                  {"SSL_CERT_FILE=/gone", "SSL_CERT_DIR=" + junk},
		"a folder is no file":   {"SSL_CERT_FILE=" + folder, "SSL_CERT_DIR=" + other},
	}
	for name, file := range odd {
		rows[name] = []string{file, "SSL_CERT_DIR=/gone"}
	}
	for name, environ := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			again := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestSystemRoots_AreThoseOfCryptoX509$", "-test.v")
			again.Env = append(environ, "FROGMINT_TEST_ROOTS=1", "PATH="+os.Getenv("PATH"))
			if out, err := again.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// The environment is the one that is given, not the process's own.
func TestSystemRoots_ReadsTheGivenEnvironment(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "one.pem")
	one := newIdentity(t, time.Now().Add(time.Hour))
	if err := os.WriteFile(file, one.certPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	given := map[string]string{"SSL_CERT_FILE": file, "SSL_CERT_DIR": "/gone"}
	got, err := httpapi.SystemRoots(func(name string) string { return given[name] })(nil)
	if err != nil || !got.Equal(one.pool(t)) {
		t.Errorf("%v, or other certificates", err)
	}
}

// TestSystemRoots_GivesWhatIsAskedFor: of all, those that could have issued one of the certificates that a server sent.
func TestSystemRoots_GivesWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	ca := func(by *signed, name string) *signed { return sign(t, elliptic.P256(), by, authority(name)) }
	first, namesake, second, third := ca(nil, "First"), ca(nil, "First"), ca(nil, "Second"), ca(nil, "Third")
	middle := ca(second, "Middle")
	file := filepath.Join(t.TempDir(), "all.pem")
	if err := os.WriteFile(file, bundle(first, second, third, namesake), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := map[string]string{"SSL_CERT_FILE": file, "SSL_CERT_DIR": "/gone"}
	roots := httpapi.SystemRoots(func(name string) string { return environ[name] })
	for name, c := range map[string]struct{ sent, want []*signed }{
		"one":              {[]*signed{sign(t, elliptic.P256(), third, site())}, []*signed{third}},
		"two of one name":  {[]*signed{sign(t, elliptic.P256(), first, site())}, []*signed{first, namesake}},
		"an intermediate":  {[]*signed{sign(t, elliptic.P256(), middle, site()), middle}, []*signed{second}},
		"the root is sent": {[]*signed{sign(t, elliptic.P256(), third, site()), third}, []*signed{third}},
		"nobody's":         {[]*signed{sign(t, elliptic.P256(), middle, site())}, nil},
	} {
		var sent []*x509.Certificate
		for _, one := range c.sent {
			sent = append(sent, one.certificate)
		}
		want := x509.NewCertPool()
		for _, one := range c.want {
			want.AddCert(one.certificate)
		}
		if got, err := roots(sent); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, or other certificates", name, err)
		}
	}
}

func compareRoots(t *testing.T) {
	t.Helper()
	want, wantErr := x509.SystemCertPool()
	got, err := httpapi.SystemRoots(os.Getenv)(nil)
	if (err == nil) != (wantErr == nil) || !got.Equal(want) {
		t.Errorf("%v, crypto/x509: %v; the pools are equal: %t", err, wantErr, got.Equal(want))
	}
}

// TestClient_LikelyRoot: a certificate that vouches for the server spares the others; one that doesn't is no harm.
func TestClient_LikelyRoot(t *testing.T) {
	t.Parallel()
	server := serveTLS(t, nil, func(w http.ResponseWriter, _ *http.Request) { say(w, "{}") })
	reads := 0
	roots := func([]*x509.Certificate) (*x509.CertPool, error) {
		reads++
		pool := x509.NewCertPool()
		pool.AddCert(server.Certificate())
		return pool, nil
	}
	for name, c := range map[string]struct {
		likely []byte
		reads  int
	}{
		"none": {nil, 1}, "the right one": {server.Certificate().Raw, 0}, "another": {otherRoot(t), 1}, "junk": {[]byte("junk"), 1},
	} {
		for _, prepared := range []bool{false, true} {
			reads = 0
			client := newClient(t, httpapi.Options{SystemRoots: roots, LikelyRoot: c.likely})
			call := get(t, server.URL)
			if prepared {
				client.Prepare(t.Context(), call.URL)
			}
			if _, err := client.Send(t.Context(), call); err != nil || reads != c.reads {
				t.Errorf("%s, prepared %t: %v; the roots were read %d times, want %d", name, prepared, err, reads, c.reads)
			}
			if got := client.VerifiedRoot(); string(got) != string(server.Certificate().Raw) {
				t.Errorf("%s: verified by %q", name, got)
			}
			client.Close()
		}
	}
}

func otherRoot(t testing.TB) []byte {
	t.Helper()
	block, _ := pem.Decode(newIdentity(t, time.Now().Add(time.Hour)).certPEM)
	return block.Bytes
}

// TestClient_LikelyRootIsAskedFirstOnly: what neither it nor the roots vouch for is refused.
func TestClient_LikelyRootIsAskedFirstOnly(t *testing.T) {
	t.Parallel()
	server := serveTLS(t, nil, func(w http.ResponseWriter, _ *http.Request) { say(w, "{}") })
	client := newClient(t, httpapi.Options{
		SystemRoots: func([]*x509.Certificate) (*x509.CertPool, error) { return x509.NewCertPool(), nil }, LikelyRoot: otherRoot(t),
	})
	failure := failureOf(t.Context(), t, client, get(t, server.URL))
	if !httpapi.IsUntrusted(failure) || failure.Temporary() || failure.Indeterminate() || client.VerifiedRoot() != nil {
		t.Errorf("%v: temporary %t, indeterminate %t", failure, failure.Temporary(), failure.Indeterminate())
	}
}

// BenchmarkSystemRoots reads this system's CA certificates for a server that one of them vouches for, crypto/x509's way beside: a bundle, and
// again as a part of its folder.
func BenchmarkSystemRoots(b *testing.B) {
	text, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		b.Skip(err)
	}
	folder := b.TempDir()
	name := filepath.Join(folder, "bundle.crt")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		b.Fatal(err)
	}
	block, _ := pem.Decode(text)
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		b.Fatal(err)
	}
	for from, environ := range map[string]map[string]string{"bundle": {"SSL_CERT_FILE": name, "SSL_CERT_DIR": folder}, "system": nil} {
		b.Run(from, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := httpapi.SystemRoots(func(name string) string { return environ[name] })([]*x509.Certificate{root}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("twice", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(text)
			pool.AppendCertsFromPEM(text)
		}
	})
}
