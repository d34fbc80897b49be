package httpapi

import (
	"testing"

	"github.com/frogmint/frogmint/test/docs"
)

// TestLimits_AreDocumented compares the table in docs/security.md with the bounds.
func TestLimits_AreDocumented(t *testing.T) {
	t.Parallel()
	docs.CompareLimits(t, "../../docs/security.md", "httpapi", map[string]any{
		"maxConnectTime": maxConnectTime, "maxHandshakeTime": maxHandshakeTime, "maxAlertTime": maxAlertTime, "maxReadTime": maxReadTime,
		"firstPause": firstPause, "longestPause": longestPause,
		"MaxBody": docs.Bytes(MaxBody), "MaxHeaders": docs.Bytes(MaxHeaders), "MaxToken": docs.Bytes(MaxToken),
		"MaxFile": docs.Bytes(MaxFile), "MaxState": docs.Bytes(MaxState), "MaxMessage": docs.Bytes(MaxMessage),
	})
}
