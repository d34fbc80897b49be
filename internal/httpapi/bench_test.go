package httpapi_test

import (
	"crypto/x509"
	"os"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// BenchmarkRoots reads this system's CA certificates. x509 is only the bundle, once; crypto/x509 reads it twice.
func BenchmarkRoots(b *testing.B) {
	b.Run("system", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := httpapi.SystemRoots(os.Getenv); err != nil {
				b.Skip(err)
			}
		}
	})
	b.Run("x509", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			text, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
			if err != nil {
				b.Skip(err)
			}
			x509.NewCertPool().AppendCertsFromPEM(text)
		}
	})
}
