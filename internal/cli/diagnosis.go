package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/redact"
)

// maxDiagnosis bounds a diagnosis in the log of a job, in lines.
const maxDiagnosis = 40

// diagnose says after a failed exchange what was sent and what would match, in the log and on the job's page. It asks
// nobody: the ID token is at hand.
func (r *runner) diagnose(in inputs.Inputs) {
	lines := explainExchange(r.idToken, in.Config, nil)
	r.printer.block(lines)
	if len(lines) == 0 || !in.JobSummary || r.system.Summary == nil {
		return
	}
	for i := range lines {
		lines[i] = r.printer.secrets.Scrub(redact.Text(strings.ReplaceAll(lines[i], "`", "'"), maxLine))
	}
	page := "### JFrog gave no token for this job's ID token\n\n```\n" + strings.Join(lines, "\n") + "\n```\n"
	if err := r.system.Summary(r.host, page); err != nil {
		r.printer.Warn(err.Error())
	}
}

// explainExchange shows what was sent and writes the mapping that would match: no token, and of the claims only those that
// name the job.
func explainExchange(idToken action.Secret, config action.Config, known *mapping.Set) []string {
	claims, err := jfrog.ClaimSet(idToken)
	if err != nil {
		return nil
	}
	lines := compareExchange(claims, config, known)
	if strict, err := strictFor(claims, nil, config); err == nil {
		lines = append(lines, "this identity mapping would match this job and no other (frogmint mapping print writes it as curl and Terraform too):")
		lines = append(lines, strings.Split(strings.TrimSpace(strict.JSON()), "\n")...)
	}
	return lines[:min(len(lines), maxDiagnosis)]
}

// compareExchange holds the claims of an ID token against the mappings, where they are known.
func compareExchange(claims map[string]any, config action.Config, known *mapping.Set) []string {
	lines := append([]string{"the ID token that was sent has these claims:"}, claimLines(claims)...)
	if known == nil {
		return lines
	}
	job := mapping.Job{Claims: claims, Provider: config.Credentials.Provider, Project: config.Project, Mapping: config.IdentityMapping}
	return append(lines, compareLines(mapping.Choose(known.Mappings, job))...)
}

// claimLines are the claims that may be shown, by name, and the names of the others.
func claimLines(claims map[string]any) []string {
	var lines, others []string
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if !mapping.Shown(name) {
			others = append(others, redact.Text(name, 80))
			continue
		}
		lines = append(lines, fmt.Sprintf("  %s = %s", redact.Text(name, 80), claimText(claims[name])))
	}
	if len(others) > 0 {
		lines = append(lines, "  and, not shown: "+redact.Text(strings.Join(others, ", "), 300))
	}
	return lines[:min(len(lines), 22)]
}

// claimText is a claim's value on one line; numbers without an exponent.
func claimText(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return redact.Text(fmt.Sprint(value), 300)
}

// compareLines tell which mapping JFrog takes, or which one comes nearest.
func compareLines(choice mapping.Choice) []string {
	if !choice.Refused() {
		return []string{fmt.Sprintf("identity mapping %q matches: it gives user %s, scope %s, %d s", redact.Text(choice.Mapping, 200),
			redact.Text(choice.Token.Username, 200), redact.Text(choice.Token.Scope, 300), choice.Token.ExpiresIn)}
	}
	if choice.Problem != "" {
		return []string{redact.Text(choice.Problem, 300)}
	}
	nearest, found := mapping.Nearest(choice.Results())
	if !found {
		return []string{"the integration has no identity mapping"}
	}
	return nearest.Lines()
}

// strictFor writes the mapping for this very job, with what the configuration asks for.
func strictFor(claims map[string]any, bind []string, config action.Config) (mapping.Mapping, error) {
	spec := mapping.TokenSpec{Username: config.Username, Scope: config.AskedScope(), Audience: config.Audience}
	if config.Expiry > 0 {
		spec.ExpiresIn = int64(config.Expiry.Seconds())
	}
	strict, err := mapping.Strict(claims, bind, spec)
	strict.Provider, strict.Project = config.Credentials.Provider, config.Project
	return strict, err
}
