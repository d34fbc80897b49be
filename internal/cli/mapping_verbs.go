package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/redact"
)

// forms are the forms in which a mapping is written: JFrog's JSON, curl, Terraform.
func forms(m mapping.Mapping, url string) []string {
	return []string{strings.TrimSpace(m.JSON()), strings.TrimSpace(m.Curl(url)), strings.TrimSpace(m.Terraform())}
}

// print writes the mapping that matches a job, and as few others as its claims allow.
func (m *mappingRequest) print(ctx context.Context) (int, error) {
	at := slices.Index([]string{"json", "curl", "terraform", ""}, m.format)
	if at < 0 {
		return 0, m.badFormat("json, curl, terraform")
	}
	config, err := m.config(ctx)
	if err != nil {
		return 0, err
	}
	jobs, err := m.jobs(ctx, config)
	if err != nil {
		return 0, err
	}
	if len(jobs) > 1 {
		return 0, &action.ConfigError{Field: "--claims", Reason: fmt.Sprintf("%d jobs, and print writes the mapping of one", len(jobs)), Fix: "give the claims of one"}
	}
	var bind []string
	if m.bind != "" {
		bind = strings.Split(strings.ReplaceAll(m.bind, " ", ""), ",")
	}
	strict, err := strictFor(jobs[0].Claims, bind, config)
	if err != nil {
		return 0, &action.ConfigError{Field: "--bind", Reason: err.Error(), Fix: "name claims that the job's ID token has and that don't differ in every run"}
	}
	if strict.Provider == "" {
		strict.Provider = noProvider
	}
	all := forms(strict, config.URL)
	if m.format != "" {
		_, err = fmt.Fprintln(m.command.Stdout, all[at])
	} else {
		_, err = fmt.Fprintf(m.command.Stdout, "# JFrog's JSON\n%s\n\n# curl, with an administrator's token in %s\n%s\n\n# Terraform, JFrog's provider platform\n%s\n",
			all[0], mapping.TokenVariable, all[1], all[2])
	}
	return ExitSuccess, err
}

func (m *mappingRequest) badFormat(known string) error {
	return &action.ConfigError{Field: "--format", Reason: fmt.Sprintf("%q is none of %s", redact.Text(m.format, 80), known), Fix: "write one of them"}
}

// check says who gets what, and fails where that isn't what was expected.
func (m *mappingRequest) check(ctx context.Context) (int, error) {
	expected, err := m.expectations(ctx)
	if err != nil {
		return 0, err
	}
	config, err := m.config(ctx)
	if err != nil {
		return 0, err
	}
	set, err := m.mappings(ctx, config)
	if err != nil {
		return 0, err
	}
	jobs, err := m.jobs(ctx, config)
	if err != nil {
		return 0, err
	}
	choices := mapping.Check(set.Mappings, jobs)
	if err := writeChoices(m.command.Stdout, choices); err != nil {
		return 0, err
	}
	if m.expect == "" {
		return ExitSuccess, nil
	}
	differences := mapping.Differences(expected, choices)
	for _, d := range differences {
		_, _ = fmt.Fprintf(m.command.Stdout, "%s: expected %s, gets %s\n", redact.Text(d.Job, 200), redact.Text(d.Want, 200), redact.Text(d.Got, 300))
	}
	if len(differences) > 0 {
		return ExitFailure, nil
	}
	return ExitSuccess, nil
}

// expectations reads the file of --expect.
func (m *mappingRequest) expectations(ctx context.Context) ([]mapping.Expectation, error) {
	if m.expect == "" {
		return nil, nil
	}
	text, err := httpapi.ReadFile(ctx, m.expect, mapping.MaxFile, "file")
	var expected []mapping.Expectation
	if err == nil {
		expected, err = mapping.ParseExpectations(text)
	}
	if err != nil {
		return nil, &action.ConfigError{Field: "--expect", Reason: err.Error(), Fix: "give a file with lines of JOB MAPPING, with - for a job that is to be refused"}
	}
	return expected, nil
}

// writeChoices writes a table of who gets what. A single job that gets nothing is told why.
func writeChoices(out io.Writer, choices []mapping.Choice) error {
	rows := [][]string{{"JOB", "MAPPING", "USER", "SCOPE", "SECONDS"}}
	for _, c := range choices {
		row := []string{redact.Text(c.Job, 200), "-", "-", "-", "0"}
		if !c.Refused() {
			row = []string{row[0], redact.Text(c.Mapping, 200), redact.Text(c.Token.Username, 200), redact.Text(c.Token.Scope, 300), strconv.FormatInt(c.Token.ExpiresIn, 10)}
		}
		rows = append(rows, row)
	}
	if _, err := io.WriteString(out, columns(rows)); err != nil {
		return err
	}
	if len(choices) == 1 && (choices[0].Refused() || choices[0].Problem != "") {
		_, err := fmt.Fprintln(out, strings.Join(compareLines(choices[0]), "\n"))
		return err
	}
	return nil
}

// columns writes rows of as many cells each, every column as wide as its widest cell.
func columns(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		last := len(row) - 1
		for i, cell := range row[:last] {
			fmt.Fprintf(&b, "%-*s  ", widths[i], cell)
		}
		b.WriteString(row[last] + "\n")
	}
	return b.String()
}

// lint finds unsafe mappings. It fails on a finding of level error.
func (m *mappingRequest) lint(ctx context.Context) (int, error) {
	if !slices.Contains([]string{"", "text", "json", "github"}, m.format) {
		return 0, m.badFormat("text, json, github")
	}
	config, err := m.config(ctx)
	if err != nil {
		return 0, err
	}
	set, err := m.mappings(ctx, config)
	if err != nil {
		return 0, err
	}
	findings := mapping.Lint(*set, mapping.Options{})
	if err := writeFindings(m.command.Stdout, m.format, findings); err != nil {
		return 0, err
	}
	if m.format != "json" {
		m.runner.printer.Info(fmt.Sprintf("%d finding(s) in %d mapping(s) and %d provider(s)", len(findings), len(set.Mappings), len(set.Providers)))
	}
	if slices.ContainsFunc(findings, func(f mapping.Finding) bool { return f.Level == mapping.LevelError }) {
		return ExitFailure, nil
	}
	return ExitSuccess, nil
}

func writeFindings(out io.Writer, format string, findings []mapping.Finding) error {
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(append([]mapping.Finding{}, findings...))
	}
	for _, f := range findings {
		text := fmt.Sprintf("%s\n    hint: %s\n", f, f.Fix)
		if format == "github" {
			text = fmt.Sprintf("::%s title=%s::%s%%0Ahint: %s\n", f.Level, f.Rule, strings.ReplaceAll(f.String(), "%", "%25"), f.Fix)
		}
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
	}
	return nil
}
