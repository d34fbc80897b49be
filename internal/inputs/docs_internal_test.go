package inputs

import (
	"testing"

	"github.com/frogmint/frogmint/test/docs"
)

// TestLimits_AreDocumented compares the table in docs/security.md with the bound on certificates.
func TestLimits_AreDocumented(t *testing.T) {
	t.Parallel()
	docs.CompareLimits(t, "../../docs/security.md", "inputs", map[string]any{"maxStateCertificates": docs.Bytes(maxStateCertificates)})
}
