package cli

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// Usage is what frogmint help prints.
func Usage() string { return usage }

// RefusalsTable is the table of JFrog's known refusals, for the documentation.
func RefusalsTable() string {
	var b strings.Builder
	b.WriteString("| JFrog says | while | cause | what to do | known from |\n|---|---|---|---|---|\n")
	for _, e := range action.Explanations() {
		says := strings.TrimSpace(fmt.Sprintf("%s %s", e.Status, e.Words))
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(says), cell(e.While), cell(e.Cause), cell(e.Do), cell(e.Source))
	}
	return b.String()
}
