package citest

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// shellLimit bounds one run of a shell.
const shellLimit = 20 * time.Second

// SourceFile has a real shell read the file, as a later step would, and returns the variables that a program then sees,
// and all that was printed on the way. flags are the shell's own, such as -eux.
func SourceFile(t testing.TB, shell, flags, file string) (env map[string]string, printed string) {
	t.Helper()
	return runShell(t, shell, flags, `. "$1"; `+printEnvironment, file)
}

// BashStep runs a step as CircleCI does: bash reads the file because BASH_ENV names it.
func BashStep(t testing.TB, flags, file string) (env map[string]string, printed string) {
	t.Helper()
	return runShell(t, "bash", flags, printEnvironment, "", "BASH_ENV="+file)
}

// GitLabStage begins a stage as GitLab's runner does in bash: each line of the file is one export, taken as it is.
func GitLabStage(t testing.TB, file string) map[string]string {
	t.Helper()
	env, _ := runShell(t, "bash", "-eo pipefail", `while read -r entry; do export "$entry"; done <"$1"; `+printEnvironment, file)
	return env
}

// GitLabConcreteStage reads the file as the runner's stages in Go do: lines without white space at their ends, cut at
// the first =.
func GitLabConcreteStage(text string) map[string]string {
	env := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			env[name] = value
		}
	}
	return env
}

// printEnvironment is a program of the step, which prints its environment apart from everything else.
const printEnvironment = `/usr/bin/env -0 >&3`

func runShell(t testing.TB, shell, flags, script, argument string, extra ...string) (map[string]string, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), shellLimit)
	defer cancel()
	// The outer shell turns the third descriptor into a pipe's end; the inner one is the step.
	outer := `exec 3>&1 1>&2; exec "$0" "$@"`
	args := append([]string{"-c", outer, shell}, strings.Fields(flags)...)
	args = append(args, "-c", script, shell, argument)
	command := exec.CommandContext(ctx, "sh", args...) //nolint:gosec // the words are those of this file
	command.Env = append([]string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}, extra...)
	var out, printed bytes.Buffer
	command.Stdout, command.Stderr = &out, &printed
	if err := command.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", shell, flags, err, printed.String())
	}
	env := map[string]string{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\x00"), "\x00") {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return env, printed.String()
}
