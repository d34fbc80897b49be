package cli

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// summarize writes a table on the job's page. What JFrog said is in it, as in the log, and is scrubbed as there.
func (j *job) summarize(title string, rows [][2]string) error {
	for i := range rows {
		rows[i][1] = j.printer.secrets.Scrub(rows[i][1]) // before cell, which changes what a secret may hold
	}
	return j.system.Summary(j.host, table(title, rows))
}

// summarizeMint is the job's page about its token. It never holds the token.
func (j *job) summarizeMint(token action.Token, kept bool) error {
	end := "nothing by itself: use frogmint revoke"
	if kept {
		end = "the post stage"
	}
	return j.summarize("JFrog token of this job", [][2]string{
		{"token id", token.ID}, {"user", token.Username}, {"scope", token.Scope}, {"alive", token.Life()},
		{"revocable", fmt.Sprint(token.Revocable)}, {"taken back by", end},
	})
}

// summarizeRevoke is the page's word on its end.
func (j *job) summarizeRevoke(report action.Report) error {
	return j.summarize("JFrog token taken back", [][2]string{{"token id", report.TokenID}, {"outcome", report.String()}})
}

func table(title string, rows [][2]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| | |\n|---|---|\n", title)
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | `%s` |\n", row[0], cell(row[1]))
	}
	return b.String()
}

// cell keeps a value from ending its cell or its code span.
func cell(value string) string {
	return strings.NewReplacer("|", "/", "`", "'", "\n", " ", "\r", " ").Replace(value)
}
