//go:build linux

package proof

import (
	"fmt"
	"strings"
)

const tableHead = `# What becomes of a token when something breaks

This page is printed by a test, which also holds the program to it:

<!-- not run: it runs for minutes -->

    go test ./test/proof -run TestFaultTable -table docs/faults.md

Each line is a whole job: the action's main step and, where that succeeds, its post step. The sandbox that plays JFrog
misbehaves in one way in one phase of the job. The budget of each of the two steps (input timeout) is %d s, or %d s where
the platform is away for 20 s, and on-revoke-failure is fail. A budget bounds the work; revoking what a failed step was issued
may take up to 10 s longer.

*Alive* counts the tokens that frogmint minted and that the server still accepts at the end, by the server's own books.
Wherever the server can be reached again before the budget ends it is 0. The exception is a token whose answer was lost and
which can't be looked for. That is one of the legacy API, one so short that JFrog doesn't store it, one that was minted with
a password, or one that a refresh token gave. In every line with a token alive the exit status is 3 and the error names the token; the test holds that
too. It also is 3 where frogmint can't know. *Mapping's* counts the tokens that JFrog's identity mapping gave in exchange for
the ID token: they live 60 or 300 s, JFrog can't revoke them, and the report says so.

A fault that is said to strike once or twice ends then; the others last. "A page" and "a gateway's JSON" are answers of
something in front of JFrog, "after the work" where JFrog had carried the request out. The numbers in brackets are exit statuses.
`

// render writes the table in Markdown, one part for each phase.
func render(cells []*cell) string {
	var b strings.Builder
	fmt.Fprintf(&b, tableHead, budget, outageBudget)
	alive := 0
	for _, c := range cells {
		alive += len(c.minted)
	}
	fmt.Fprintf(&b, "\n%d lines. Tokens left alive in all of them: %d, each named.\n", len(cells), alive)
	last := ""
	for _, c := range cells {
		if c.phase.name != last {
			last = c.phase.name
			fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n", strings.ToUpper(last[:1])+last[1:], strings.ToUpper(c.phase.what[:1])+c.phase.what[1:])
			b.WriteString("| fault | main step | post step | alive | mapping's | seconds |\n|---|---|---|---|---|---|\n")
		}
		b.WriteString(c.row() + "\n")
	}
	return b.String()
}

// row is the cell's line of the table.
func (c *cell) row() string {
	return fmt.Sprintf("| %s | %s | %s | %d | %d | %.1f |", c.fault, c.mainOutcome(), c.postOutcome(), len(c.minted), c.mapped, c.seconds())
}
