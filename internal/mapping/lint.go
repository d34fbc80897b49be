package mapping

import (
	"cmp"
	"fmt"
	"time"
)

// Level says how much a finding matters.
type Level string

// The levels.
const (
	LevelError   Level = "error"   // somebody gets a token who should not, or nobody does
	LevelWarning Level = "warning" // it depends on what the platform is for
)

// Rule is what Lint looks for. docs/mapping-rules.md has a section for each.
type Rule struct {
	ID    string
	Level Level
	Fix   string // what to do

	mapping  func(l *linter, m Mapping) string // what exactly is wrong; empty for nothing
	provider func(l *linter, p Provider) string
}

// Rules returns every rule, those about claims first.
func Rules() []Rule {
	return []Rule{
		{"no-owner", LevelError, "add the claim repository, repository_owner_id or sub", noOwner, nil},
		{"wildcard-owner", LevelError, "write the owner out, up to the slash", wildcardOwner, nil},
		{"unbound-admin", LevelError, "add the claim environment or ref", unboundAdmin, nil},
		{"unbound-write", LevelWarning, "add the claim environment or ref, or give groups that only read", unboundWrite, nil},
		{"name-only", LevelWarning, "add the claim repository_owner_id or repository_id, or use the immutable subject", nameOnly, nil},
		{"admin-lifetime", LevelWarning, "set expires_in to 60", adminLifetime, nil},
		{"long-lifetime", LevelWarning, "set expires_in to what the longest job takes", longLifetime, nil},
		{"shadowed", LevelWarning, "give the narrower mapping the lower priority number", shadowed, nil},
		{"not-in-project", LevelWarning, "create it with project_key; Terraform's provider platform sends it since 2.2.11", notInProject, nil},
		{"no-username", LevelWarning, "set username or username_pattern", noUsername, nil},
		{"no-organization", LevelWarning, "set organization, and leave enable_permissive_configuration out", nil, noOrganization},
		{"issuer-slash", LevelError, "remove the slash from issuer_url", nil, issuerSlash},
		{"shared-audience", LevelWarning, "set audience to this platform's own URL, and oidc-audience to the same", nil, sharedAudience},
	}
}

// Options say what Lint can't read from the mappings. The zero value is usable.
type Options struct {
	Release string        // of Artifactory; empty for the newest
	Readers []string      // groups that may only read; nil for JFrog's own group readers
	Longest time.Duration // the longest job; 0 for 6 h, which is the limit on GitHub's runners
}

// Finding is what a rule found. The texts are fit for one line of a log.
type Finding struct {
	Rule     string `json:"rule"`
	Level    Level  `json:"level"`
	Provider string `json:"provider"`
	Mapping  string `json:"mapping,omitempty"` // empty where the provider itself is meant
	Message  string `json:"message"`
	Fix      string `json:"fix"`
}

// String is the finding on one line: "error: PROVIDER/MAPPING: what is wrong (rule)".
func (f Finding) String() string {
	subject := f.Provider
	if f.Mapping != "" {
		subject += "/" + f.Mapping
	}
	return fmt.Sprintf("%s: %s: %s (%s)", f.Level, subject, f.Message, f.Rule)
}

// linter is one run of Lint.
type linter struct {
	Options
	set   Set
	tries []attempt // the mappings in JFrog's order
}

func newLinter(set Set, options Options) *linter {
	if options.Readers == nil {
		options.Readers = []string{defaultGroup}
	}
	options.Longest = cmp.Or(options.Longest, 6*time.Hour)
	return &linter{Options: options, set: set, tries: attempts(set.Mappings, options.Release)}
}

// Lint looks for unsafe mappings and providers. Findings come in the order of the set, mappings first, and of the rules.
func Lint(set Set, options Options) []Finding {
	l := newLinter(set, options)
	var findings []Finding
	for _, m := range set.Mappings {
		for _, rule := range Rules() {
			if rule.mapping != nil {
				findings = rule.found(findings, m.Provider, m.Name, rule.mapping(l, m))
			}
		}
	}
	for _, p := range set.Providers {
		for _, rule := range Rules() {
			if rule.provider != nil {
				findings = rule.found(findings, p.Name, "", rule.provider(l, p))
			}
		}
	}
	return findings
}

func (r Rule) found(findings []Finding, provider, mapping, message string) []Finding {
	if message == "" {
		return findings
	}
	return append(findings, Finding{Rule: r.ID, Level: r.Level, Provider: shown(provider), Mapping: shown(mapping), Message: message, Fix: r.Fix})
}

// provider is the one that a mapping belongs to, if the set has it.
func (l *linter) provider(m Mapping) Provider {
	for _, p := range l.set.Providers {
		if p.Name == m.Provider {
			return p
		}
	}
	return Provider{}
}
