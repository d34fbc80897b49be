package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/cli"
)

// The parts of the documents that are tables of the code are compared with it. go test ./cmd/frogmint -update writes them anew.
var update = flag.Bool("update", false, "write the generated parts of the documents")

func TestDocumentsMatchTheCode(t *testing.T) {
	for _, part := range []struct{ file, name, want string }{
		{"../../README.md", "inputs", inputsTable()},
		{"../../README.md", "outputs", outputsTable()},
		{"../../README.md", "usage", "```\n" + cli.Usage() + "```\n"},
		{"../../action.yml", "inputs", inputsYAML()},
		{"../../action.yml", "outputs", outputsYAML()},
		{"../../docs/troubleshooting.md", "refusals", cli.RefusalsTable()},
	} {
		t.Run(part.file+" "+part.name, func(t *testing.T) {
			compare(t, part.file, part.name, part.want)
		})
	}
}

// compare looks at what stands between two marks in a file.
func compare(t *testing.T, file, name, want string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	from, to := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	if strings.HasSuffix(file, ".yml") {
		from, to = "# "+name+"\n", "# end of "+name+"\n"
	}
	before, rest, found := strings.Cut(string(content), from)
	got, after, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("%s has no part between %q and %q", file, from, to)
	}
	if got == want {
		return
	}
	if !*update {
		t.Errorf("%s: the part %q isn't what the code says; go test ./cmd/frogmint -update writes it", file, name)
		return
	}
	if err := os.WriteFile(file, []byte(before+from+want+to+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

func inputsTable() string {
	var b strings.Builder
	b.WriteString("| input | default | meaning |\n|---|---|---|\n")
	for _, input := range action.Inputs() {
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

func outputsTable() string {
	var b strings.Builder
	b.WriteString("| output | meaning |\n|---|---|\n")
	for _, output := range action.OutputInfos() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", output.Name, output.Help)
	}
	return b.String()
}

func inputsYAML() string {
	var b strings.Builder
	b.WriteString("inputs:\n")
	for _, input := range action.Inputs() {
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
		fmt.Fprintf(&b, "  %s:\n    description: %q\n", input.Name, help)
	}
	return b.String()
}

func outputsYAML() string {
	var b strings.Builder
	b.WriteString("outputs:\n")
	for _, output := range action.OutputInfos() {
		fmt.Fprintf(&b, "  %s:\n    description: %q\n", output.Name, output.Help)
	}
	return b.String()
}
