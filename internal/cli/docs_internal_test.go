package cli

import (
	"testing"

	"github.com/frogmint/frogmint/test/docs"
)

// TestLimits_AreDocumented compares the table in docs/security.md with the bounds of the command.
func TestLimits_AreDocumented(t *testing.T) {
	t.Parallel()
	docs.CompareLimits(t, "../../docs/security.md", "cli", map[string]any{
		"postGrace": postGrace, "revokeReplacedLimit": revokeReplacedLimit, "maxLine": maxLine, "groupsTime": groupsTime,
		"askLimit": askLimit, "serveLimit": serveLimit, "maxSocketPath": maxSocketPath,
	})
}
