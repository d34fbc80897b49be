package cli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/redact"
)

// maxDiagnosis bounds a diagnosis in the log of a job, in lines. On its page, with what is around it, it has 40.
const maxDiagnosis = 34

// failMint writes why there is no token, and returns the exit status that it means.
func (r *runner) failMint(err error, in inputs.Inputs) int {
	status := r.printer.fail(err)
	r.diagnose(err, in)
	return status
}

// diagnose says what was sent with an exchange that JFrog refused and which mapping would match, in the log and on the
// job's page. It asks nobody: the ID token is at hand.
func (r *runner) diagnose(err error, in inputs.Inputs) {
	refusal := refusedExchange(err)
	if !in.Diagnose || refusal == nil {
		return
	}
	lines := explainExchange(r.idToken, in.Config, refusal.Status == http.StatusForbidden)
	r.printer.block(lines)
	if len(lines) == 0 || !in.JobSummary || r.system.Summary == nil {
		return
	}
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(r.printer.secrets.Scrub(redact.Line(line, maxLine)), "`", "'")
	}
	page := "### JFrog gave no token for this job's ID token\n\n```\n" + strings.Join(lines, "\n") + "\n```\n"
	if err := r.system.Summary(r.host, page); err != nil {
		r.printer.Warn(err.Error())
	}
}

// refusedExchange returns JFrog's own refusal of an exchange; nil for any other error. What a gateway refused says nothing
// of mappings.
func refusedExchange(err error) *action.APIError {
	if refusal, ok := errors.AsType[*action.APIError](err); ok && jfrog.IsExchange(err) && refusal.Refused() {
		return refusal
	}
	return nil
}

// explainExchange shows what was sent, and, where the mappings are in question, the one that would match.
func explainExchange(idToken action.Secret, config action.Config, asksMapping bool) []string {
	claims, err := jfrog.ClaimSet(idToken)
	if err != nil {
		return nil
	}
	strict, err := strictFor(claims, nil, config)
	var last []string
	if err == nil && asksMapping {
		last = append(last, "this identity mapping matches this job and few others (frogmint mapping print writes it as curl and Terraform too):")
		last = append(last, strings.Split(strings.TrimSpace(strict.JSON()), "\n")...)
	}
	if len(last) > maxDiagnosis-10 {
		last = []string{"frogmint mapping print writes the identity mapping that matches this job"}
	}
	return append(sentLines(claims, strict, config, maxDiagnosis-len(last)), last...)
}

// sentLines show what was sent with an exchange, in so many lines at the most.
func sentLines(claims map[string]any, strict mapping.Mapping, config action.Config, most int) []string {
	head := fmt.Sprintf("what was sent: OIDC provider %q", redact.Text(config.Credentials.Provider, 255))
	if config.IdentityMapping != "" {
		head += fmt.Sprintf(", identity mapping %q and no other", redact.Text(config.IdentityMapping, 255))
	}
	if config.Project != "" {
		head += fmt.Sprintf(", project %q", redact.Text(config.Project, 80))
	}
	return append([]string{head + ", and an ID token with these claims:"}, claimLines(claims, strict, most-1)...)
}

// claimLines are the claims that may be shown, those that matter to a mapping first, and the names of the others.
func claimLines(claims map[string]any, strict mapping.Mapping, most int) []string {
	rank := func(name string) int {
		_, bound := strict.Claims[name]
		switch {
		case slices.Contains([]string{"iss", "aud", "sub"}, name):
			return 0
		case bound:
			return 1
		case mapping.Fleeting(name):
			return 3
		}
		return 2
	}
	names := slices.SortedFunc(maps.Keys(claims), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	var lines, others []string
	for _, name := range names {
		switch shown := redact.Text(name, 80); {
		case claims[name] == "":
		case mapping.Shown(name) && len(lines) < most-1:
			lines = append(lines, fmt.Sprintf("  %s = %s", shown, claimText(claims[name])))
		default:
			others = append(others, shown)
		}
	}
	if len(others) > 0 {
		lines = append(lines, "  and, not shown: "+redact.Text(strings.Join(others, ", "), 300))
	}
	return lines
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
		line := fmt.Sprintf("identity mapping %q matches: it gives user %s, scope %s, %d s", redact.Text(choice.Mapping, 200),
			redact.Text(choice.Token.Username, 200), redact.Text(choice.Token.Scope, 300), choice.Token.ExpiresIn)
		if choice.Problem != "" {
			line += "; but " + redact.Text(choice.Problem, 300)
		}
		return []string{line}
	}
	if choice.Problem != "" {
		return []string{fmt.Sprintf("identity mapping %q gives no token, as far as can be told: %s", redact.Text(choice.Mapping, 200), redact.Text(choice.Problem, 300))}
	}
	nearest, found := mapping.Nearest(choice.Results())
	if !found {
		return []string{"the OIDC integration has no identity mapping"}
	}
	return nearest.Lines()
}

// whyRefused tells from the mappings, and the integration, why JFrog gives a job no token; empty where it would give one.
func whyRefused(choice mapping.Choice, set mapping.Set, job mapping.Job) (cause, fix string) {
	if cause, fix = foreignOwner(set, job); cause != "" || !choice.Refused() {
		return cause, fix
	}
	lines := compareLines(choice)
	for i, line := range lines[1:] {
		lines[i+1] = strings.TrimSpace(line)
	}
	cause = lines[0] + strings.Join(append([]string{""}, lines[1:min(len(lines), 4)]...), "; ")
	switch nearest, found := mapping.Nearest(choice.Results()); {
	case !found:
		return cause, "create the mapping that is written below"
	case nearest.Skipped != "":
		return cause, "correct identity-mapping-name or project, or create the mapping that is written below"
	}
	return cause, "correct the mapping in JFrog, or create the one that is written below"
}

// foreignOwner tells whether the job's integration is for another organization than the one that owns its repository.
func foreignOwner(set mapping.Set, job mapping.Job) (cause, fix string) {
	owner, _ := job.Claims["repository_owner"].(string)
	for _, p := range set.Providers {
		if p.Name == job.Provider && p.Organization != "" && owner != "" && strings.HasPrefix(p.Type, "GitHub") && !strings.EqualFold(owner, p.Organization) {
			return fmt.Sprintf("the OIDC integration is for organization %q, and the job's repository belongs to %q", redact.Text(p.Organization, 200), redact.Text(owner, 200)),
				"name the integration of this organization as oidc-provider-name, or have one made"
		}
	}
	return "", ""
}

// jobOf is the exchange of a job with these claims.
func jobOf(claims map[string]any, config action.Config) mapping.Job {
	return mapping.Job{Claims: claims, Provider: config.Credentials.Provider, Project: config.Project, Mapping: config.IdentityMapping}
}

// strictFor writes the mapping for this very job, with what the configuration asks for.
func strictFor(claims map[string]any, bind []string, config action.Config) (mapping.Mapping, error) {
	spec := mapping.TokenSpec{Username: config.Username, Scope: config.AskedScope(), Audience: config.Audience}
	if config.Expiry > 0 {
		spec.ExpiresIn = int64(config.Expiry.Seconds())
	}
	strict, err := mapping.Strict(claims, bind, spec)
	strict.Provider, strict.Project = config.Credentials.Provider, config.Project
	strict.Name = cmp.Or(config.IdentityMapping, strict.Name) // an exchange that names a mapping tries no other
	return strict, err
}
