//go:build unix

package docs_test

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// checkShell has a shell read a script without running it. Of a session only what stands behind the prompt is one.
func checkShell(t *testing.T, script string) error {
	t.Helper()
	if strings.HasPrefix(script, "$ ") {
		script = strings.Join(regexp.MustCompile(`(?m)^\$ ((?:.*\\\n)*.*)$`).FindAllString(script, -1), "\n")
		script = regexp.MustCompile(`(?m)^\$ `).ReplaceAllString(script, "")
	}
	command := exec.CommandContext(t.Context(), "sh", "-n")
	command.Stdin = strings.NewReader(script)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("sh -n: %w: %s", err, out)
	}
	return nil
}
