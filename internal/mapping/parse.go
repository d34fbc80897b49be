package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Set is what a file holds.
type Set struct {
	Mappings  []Mapping
	Providers []Provider
}

// The types of resources in JFrog's Terraform provider.
const (
	terraformMapping  = "platform_oidc_identity_mapping"
	terraformProvider = "platform_oidc_configuration"
)

// Parse reads identity mappings and providers, in any mixture: JFrog's JSON, one object or a list as its REST API answers
// them, or what terraform show -json prints of a state or a plan. Members that it doesn't know are ignored.
func Parse(data []byte) (Set, error) {
	entries, err := entriesOf(data)
	if err != nil {
		return Set{}, err
	}
	var set Set
	for i, entry := range entries {
		if err := set.add(entry); err != nil {
			return Set{}, fmt.Errorf("parsing entry %d: %w", i+1, err)
		}
	}
	return set, nil
}

// entriesOf reads the objects that a document holds, within the limits of a file.
func entriesOf(data []byte) ([]json.RawMessage, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("more than %d bytes (limit of a file)", MaxFile)
	}
	entries, err := split(data)
	if len(entries) > MaxMappings {
		return nil, fmt.Errorf("%d entries, more than %d (limit of a file)", len(entries), MaxMappings)
	}
	return entries, err
}

func split(data []byte) ([]json.RawMessage, error) {
	var entries []json.RawMessage
	var document terraform
	switch data = bytes.TrimSpace(data); {
	case bytes.HasPrefix(data, []byte("[")):
		if err := json.Unmarshal(data, &entries); err != nil {
			return nil, fmt.Errorf("parsing JSON: %v", err)
		}
	case !bytes.HasPrefix(data, []byte("{")):
		return nil, errors.New("neither a JSON object nor a list")
	case !json.Valid(data):
		return nil, errors.New("not valid JSON")
	case json.Unmarshal(data, &document) == nil && (document.State != nil || document.Plan != nil):
		return document.entries(), nil
	default:
		return []json.RawMessage{data}, nil
	}
	return entries, nil
}

// terraform is what terraform show -json prints: the values of a state, or those that a plan would lead to.
type terraform struct {
	State *moduleValues `json:"values"`
	Plan  *moduleValues `json:"planned_values"`
}

type moduleValues struct {
	Root module `json:"root_module"`
}

type module struct {
	Resources []struct {
		Type   string          `json:"type"`
		Values json.RawMessage `json:"values"`
	} `json:"resources"`
	Children []module `json:"child_modules"`
}

func (t terraform) entries() []json.RawMessage {
	values := t.Plan
	if values == nil {
		values = t.State
	}
	return values.Root.entries(nil)
}

func (m module) entries(all []json.RawMessage) []json.RawMessage {
	for _, r := range m.Resources {
		if r.Type == terraformMapping || r.Type == terraformProvider {
			all = append(all, r.Values)
		}
	}
	for _, child := range m.Children {
		all = child.entries(all)
	}
	return all
}

// add reads one object, whose members tell what it is.
func (s *Set) add(entry json.RawMessage) error {
	var kind struct {
		IssuerURL  *string         `json:"issuer_url"`
		Claims     json.RawMessage `json:"claims"`
		ClaimsJSON *string         `json:"claims_json"` // Terraform's form of claims
		TokenSpec  json.RawMessage `json:"token_spec"`
	}
	if err := json.Unmarshal(entry, &kind); err != nil {
		return fmt.Errorf("not an object of JFrog's: %v", err)
	}
	switch {
	case kind.IssuerURL != nil:
		var p Provider
		err := decode(entry, &p)
		s.Providers = append(s.Providers, p)
		return err
	case kind.Claims == nil && kind.ClaimsJSON == nil && kind.TokenSpec == nil:
		return errors.New("neither an identity mapping (claims, token_spec) nor a provider (issuer_url)")
	}
	var m Mapping
	if err := decode(entry, &m); err != nil {
		return err
	}
	if kind.ClaimsJSON != nil {
		if err := decode([]byte(*kind.ClaimsJSON), &m.Claims); err != nil {
			return fmt.Errorf("mapping %q: claims_json: %v", shown(m.Name), err)
		}
	}
	s.Mappings = append(s.Mappings, m)
	return m.check()
}

// decode keeps numbers as they are written: an id may be longer than a float64 can hold.
func decode(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(v)
}

func (m Mapping) check() error {
	switch {
	case m.Name == "":
		return errors.New("an identity mapping without a name")
	case m.Priority < 0 || m.TokenSpec.ExpiresIn < 0:
		return fmt.Errorf("mapping %q: a negative number", shown(m.Name))
	}
	if err := checkClaims(m.Claims); err != nil {
		return fmt.Errorf("mapping %q: %w", shown(m.Name), err)
	}
	return nil
}

func checkClaims(claims map[string]any) error {
	if len(claims) > maxClaims {
		return fmt.Errorf("%d claims, more than %d (limit of claims)", len(claims), maxClaims)
	}
	for name, value := range claims {
		if count := len(texts(value)); count > maxValues {
			return fmt.Errorf("claim %q: %d values, more than %d (limit of values)", shown(name), count, maxValues)
		}
	}
	return nil
}

// ParseJobs reads the claims of jobs, one or a list: either the claims themselves or objects that name what else the
// exchange says, {"name", "claims", "provider", "project", "mapping", "release"}. A job without a name gets its subject's.
func ParseJobs(data []byte) ([]Job, error) {
	entries, err := entriesOf(data)
	if err != nil {
		return nil, err
	}
	jobs := make([]Job, 0, len(entries))
	for i, entry := range entries {
		job, err := parseJob(entry)
		if err != nil {
			return nil, fmt.Errorf("parsing job %d: %w", i+1, err)
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

func parseJob(entry json.RawMessage) (Job, error) {
	var job Job
	var claims map[string]any
	if err := decode(entry, &claims); err != nil {
		return Job{}, err
	}
	job.Claims = claims
	if _, wrapped := claims["claims"].(map[string]any); wrapped {
		job.Claims = nil
		if err := decode(entry, &job); err != nil {
			return Job{}, err
		}
	}
	if len(job.Claims) == 0 {
		return Job{}, errors.New("no claims")
	}
	job.Name = job.title()
	return job, checkClaims(job.Claims)
}

// title is the job's name or, without one, its subject or its repository.
func (j Job) title() string {
	if j.Name != "" {
		return j.Name
	}
	for _, name := range []string{"sub", "repository", "project_path"} {
		if values := texts(j.Claims[name]); len(values) == 1 {
			return values[0]
		}
	}
	return "job"
}
