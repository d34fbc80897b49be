package redact_test

import (
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/redact"
)

// longToken is a token of 1 kB in the form of a JWT.
var longToken = "eyJhbGciOi." + strings.Repeat("eyJzdWIiOi4_-", 77) + ".c2lnbmF0dXJl"

func BenchmarkAdd(b *testing.B) {
	secret := redact.NewSecret(longToken)
	for b.Loop() {
		var list redact.List
		list.Add(secret)
	}
}

// BenchmarkScrub scrubs lines of 4 kB.
func BenchmarkScrub(b *testing.B) {
	for _, bench := range []struct{ name, piece string }{
		{"ASCII", "fetching https://acme.jfrog.io/artifactory/libs-local/org/acme/app/1.0/app-1.0.jar; "},
		{"token", "fetching with " + longToken + " is done; "},
		{"JSON", `{"path":"libs\/org\/acme","ok":"yes"} `},
		{"unicode", "télécharger l'archive → fini ✓ "},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var list redact.List
			list.Add(redact.NewSecret(longToken))
			line := strings.Repeat(bench.piece, 4096/len(bench.piece)+1)[:4096]
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				list.Scrub(line)
			}
		})
	}
}
