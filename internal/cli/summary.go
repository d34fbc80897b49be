package cli

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// summarize writes a table on the job's page. What JFrog said is in it, as in the log, and is scrubbed as there.
func (r *runner) summarize(title string, rows [][2]string) error {
	for i := range rows {
		rows[i][1] = r.printer.secrets.Scrub(rows[i][1]) // before cell, which changes what a secret may hold
	}
	return r.system.Summary(r.host, table(title, rows))
}

// summarizeMint is the job's page about its token. It never holds the token.
func (r *runner) summarizeMint(token action.Token, config action.Config) error {
	end := "nothing by itself: use frogmint revoke"
	if !config.NoRevoke && r.saves && !r.unreliable {
		end = "the post step"
	}
	life := token.Life()
	if asked := config.Expiry; asked > 0 && asked != token.ExpiresIn {
		life += ", and not the " + asked.String() + " that were asked for"
	}
	return r.summarize("JFrog token of this job", [][2]string{
		{"token id", token.ID}, {"user", token.Username}, {"scope", token.Scope}, {"life", life},
		{"revocable", fmt.Sprint(token.Revocable)}, {"made with", config.Credentials.Origin}, {"revoked by", end},
	})
}

// summarizeRevoke is the page's word on its end.
func (r *runner) summarizeRevoke(report action.Report) error {
	return r.summarize("JFrog token at the end of the job", [][2]string{{"token id", report.TokenID}, {"outcome", report.String()}})
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
