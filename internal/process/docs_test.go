package process

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/frogmint/frogmint/test/docs"
)

var update = flag.Bool("update", false, "write the table of docs/exec.md")

// TestLimits_AreDocumented compares the table in docs/security.md with the bounds on a write.
func TestLimits_AreDocumented(t *testing.T) {
	t.Parallel()
	docs.CompareLimits(t, "../../docs/security.md", "process", map[string]any{
		"writeLimit": writeLimit, "writeLimitAfterSignal": writeLimitAfterSignal,
	})
}

// TestLimitsAfter_AreDocumented prints how long exec takes after a signal.
func TestLimitsAfter_AreDocumented(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| first signal | the command is killed after | the token is revoked within | frogmint has ended after |\n|---|---|---|---|\n")
	for _, row := range []struct {
		name           string
		signal         os.Signal
		killsAfterTerm bool
	}{
		{"TERM on GitHub and Azure, which kill 2.5 s later", syscall.SIGTERM, true}, {"any other", syscall.SIGTERM, false},
	} {
		limits := LimitsAfter(row.signal, row.killsAfterTerm)
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", row.name, seconds(limits.Command), seconds(limits.Cleanup), seconds(limits.Exit))
	}
	docs.Compare(t, *update, "../../docs/exec.md", "limits", table.String())
}

func seconds(d time.Duration) string { return fmt.Sprintf("%g s", d.Seconds()) }
