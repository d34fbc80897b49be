package main

import (
	"bytes"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/test/docs"
)

// The parts of the documents that are tables of the code are compared with it. go test ./cmd/frogmint -update writes them anew.
var update = flag.Bool("update", false, "write the generated parts of the documents")

func TestDocumentsMatchTheCode(t *testing.T) {
	const readme, action, revoke, command = "../../README.md", "../../action.yml", "../../revoke/action.yml", "../../docs/command.md"
	for _, part := range []struct{ file, name, want string }{
		{readme, "inputs", inputsTable()},
		{readme, "outputs", outputsTable()},
		{action, "inputs", inputsYAML()},
		{action, "outputs", outputsYAML()},
		{revoke, "inputs", revokeYAML()},
		{command, "usage", help(t)},
		{command, "mint", help(t, "mint")},
		{command, "revoke", help(t, "revoke")},
		{command, "sweep", help(t, "sweep")},
		{command, "exec", help(t, "exec")},
		{command, "mapping", help(t, "mapping")},
		{command, "doctor", help(t, "doctor")},
		{"../../docs/troubleshooting.md", "refusals", refusalsTable()},
	} {
		t.Run(part.file+" "+part.name, func(t *testing.T) { docs.Compare(t, *update, part.file, part.name, part.want) })
	}
}

func inputsTable() string {
	var b strings.Builder
	b.WriteString("| input | default | meaning |\n|---|---|---|\n")
	for _, input := range inputs.List() {
		name := "`" + input.Name + "`"
		if input.JFrog != "" {
			name += " (`" + input.JFrog + "`)"
		}
		shown := input.Default
		if input.Required {
			shown = "required"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, shown, input.Help)
	}
	return b.String()
}

// outputs are the outputs in the order of the documentation, with their meaning.
func outputs() [][2]string {
	return [][2]string{
		{"access-token", "the token"},
		{"reference-token", "the reference token, when asked for"},
		{"refresh-token", "the refresh token, when asked for"},
		{"token-id", "id of the token, for audits; not a secret"},
		{"username", "user of the token; not masked, since other jobs and reusable workflows need it"},
		{"scope", "granted scope"},
		{"expires-in", "life of the token in seconds; empty when it never expires"},
		{"expires-at", "when the token expires, RFC 3339 in UTC; empty when it never does"},
		{"revocable", "true when JFrog can revoke the token"},
		{"url", "base URL of the platform"},
	}
}

// help is the block of what frogmint help prints, without the inputs.
func help(t *testing.T, of ...string) string {
	t.Helper()
	var out bytes.Buffer
	command := &cli.Command{Stdout: &out, Stderr: &out, LookupEnv: func(string) (string, bool) { return "", false }}
	if status := command.Main(t.Context(), append([]string{"frogmint", "help"}, of...)); status != cli.ExitSuccess {
		t.Fatalf("exit status %d:\n%s", status, out.String())
	}
	text, _, _ := strings.Cut(out.String(), "\nInputs, as flags")
	return "```\n" + text + "```\n"
}

func refusalsTable() string {
	var b strings.Builder
	b.WriteString("| JFrog says | while | cause | what to do | known from |\n|---|---|---|---|---|\n")
	cell := strings.NewReplacer("|", "/", "`", "'").Replace
	for _, e := range jfrog.Explanations() {
		says := e.Words
		if e.Status != 0 {
			says = strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, e.Words))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(says), cell(e.Call), cell(e.Cause), cell(e.Hint), cell(e.Source))
	}
	return b.String()
}

func outputsTable() string {
	var b strings.Builder
	b.WriteString("| output | meaning |\n|---|---|\n")
	for _, output := range outputs() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", output[0], output[1])
	}
	return b.String()
}

func inputsYAML() string {
	var b strings.Builder
	b.WriteString("inputs:\n")
	for _, input := range inputs.List() {
		b.WriteString(inputYAML(input))
	}
	return b.String()
}

// revokeYAML are the inputs of the action that revokes: those that frogmint revoke reads, and the token. To revoke it is all
// that is asked there, so that a token which lives on is a failure.
func revokeYAML() string {
	var b strings.Builder
	b.WriteString("inputs:\n")
	for _, input := range inputs.List() {
		switch {
		case input.Name == "access-token":
			input.Help, input.Required, input.JFrog = "the token to revoke, such as the output access-token of the step that minted it", true, ""
		case !slices.Contains(inputs.RevokeInputs(), input.Name):
			continue
		case input.Name == "on-revoke-failure":
			input.Default = "fail"
		}
		b.WriteString(inputYAML(input))
	}
	return b.String()
}

func inputYAML(input inputs.Input) string {
	var notes []string
	if input.Required {
		notes = append(notes, "required")
	}
	if input.Default != "" {
		notes = append(notes, "default "+input.Default)
	}
	if input.JFrog != "" {
		notes = append(notes, "or "+input.JFrog)
	}
	help := input.Help
	if len(notes) > 0 {
		help += " (" + strings.Join(notes, "; ") + ")"
	}
	return fmt.Sprintf("  %s:\n    description: %q\n", input.Name, help)
}

func outputsYAML() string {
	var b strings.Builder
	b.WriteString("outputs:\n")
	for _, output := range outputs() {
		fmt.Fprintf(&b, "  %s:\n    description: %q\n", output[0], output[1])
	}
	return b.String()
}
