package cli

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/action"
)

// mintSummary is the job's page about its token. It never holds the token.
func mintSummary(token action.Token, kept bool) string {
	end := "nothing by itself: use frogmint revoke"
	if kept {
		end = "the post stage"
	}
	return table("JFrog token of this job", [][2]string{
		{"token id", token.ID}, {"user", token.Username}, {"scope", token.Scope}, {"alive", token.Life()},
		{"revocable", fmt.Sprint(token.Revocable)}, {"taken back by", end},
	})
}

// revokeSummary is the page's word on its end.
func revokeSummary(report action.Report) string {
	return table("JFrog token taken back", [][2]string{{"token id", report.TokenID}, {"outcome", report.String()}})
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
