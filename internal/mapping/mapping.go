// Package mapping knows JFrog's identity mappings, which say what access token an ID token is exchanged for: it reads
// them, matches them against the claims of a job, says which claim differs, writes the one that would match, and finds
// the unsafe ones.
//
// It follows what JFrog documents and asks no server; only an exchange can tell for sure. Everything here is a pure
// function of its arguments, and safe for concurrent use.
package mapping

import (
	"fmt"
	"slices"
)

// The limits on what is read. Beyond any of them Parse, ParseJobs and ParseExpectations fail.
const (
	MaxFile     = 1 << 20 // bytes of a file
	MaxMappings = 2000    // mappings, providers, jobs and expectations of a file, each

	maxClaims = 200  // claims of a mapping or a job
	maxValues = 1000 // entries of a claim that is a list
)

// The releases of Artifactory that changed how mappings match, as JFrog documents them.
const (
	projectsFirst = "7.94.0"  // a project's mappings are tried before the global ones
	listsAndStars = "7.94.1"  // a list of values, and the wildcard *, in a mapping's claims
	patternsSince = "7.95.0"  // username_pattern and groups_pattern
	organization  = "7.110.1" // a provider of type GitHub needs an organization
	orgEnterprise = "7.144.0" // one of type GitHub Enterprise does, too
)

// Mapping is an identity mapping, in JFrog's words and JSON.
type Mapping struct {
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Provider    string         `json:"provider_name"`
	Priority    int64          `json:"priority,omitempty"` // the lower is tried first; 0 is none, which is tried last
	Claims      map[string]any `json:"claims"`             // by name: a value, or a list of which one must match
	TokenSpec   TokenSpec      `json:"token_spec"`
	Project     string         `json:"project_key,omitempty"` // empty for a global mapping
}

// Rename gives the mapping a name that none of the others has for its provider and project: JFrog refuses a second one of a name,
// and to replace the first could lock other jobs out.
func (m *Mapping) Rename(others []Mapping) {
	taken := func(other Mapping) bool {
		return other.Provider == m.Provider && other.Project == m.Project && other.Name == m.Name
	}
	for name, i := m.Name, 2; slices.ContainsFunc(others, taken); i++ {
		m.Name = fmt.Sprintf("%s-%d", name, i)
	}
}

// TokenSpec is what a mapping's access tokens are like.
type TokenSpec struct {
	Username        string `json:"username,omitempty"`
	UsernamePattern string `json:"username_pattern,omitempty"`
	GroupsPattern   string `json:"groups_pattern,omitempty"`
	Scope           string `json:"scope,omitempty"`
	Audience        string `json:"audience,omitempty"`
	ExpiresIn       int64  `json:"expires_in,omitempty"` // seconds; 0 leaves it to JFrog
}

// Provider is an OIDC integration of JFrog, to which mappings belong.
type Provider struct {
	Name         string `json:"name"`
	IssuerURL    string `json:"issuer_url"`
	Type         string `json:"provider_type"`
	Audience     string `json:"audience"`
	Organization string `json:"organization"`
	Project      string `json:"project_key"`
	Permissive   bool   `json:"enable_permissive_configuration"`
}

// Job is one exchange: the claims of the job's ID token and what the request names beside it.
type Job struct {
	Name     string         `json:"name,omitempty"` // for people
	Claims   map[string]any `json:"claims"`
	Provider string         `json:"provider,omitempty"` // provider_name; may be empty where all mappings belong to one
	Project  string         `json:"project,omitempty"`  // project_key
	Mapping  string         `json:"mapping,omitempty"`  // identity_mapping_name; empty lets JFrog choose
	Release  string         `json:"release,omitempty"`  // of Artifactory, such as 7.111.4; empty for the newest
}
