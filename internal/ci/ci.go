// Package ci has one file for each CI system: how to tell where the job runs, where its ID token comes from, how a secret
// is masked in its log, how a value reaches later steps, and which variables name the job. Systems lists them in the
// order in which they are looked for.
//
// Nothing here keeps state: what a system needs of the world comes in a Host.
package ci

import (
	"context"
	"io"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// Env looks a variable up. Unset and empty are the same: "".
type Env func(name string) string

// Host is what a system may use of the machine. Env and Out are always required, the others for what uses them.
type Host struct {
	Env Env
	// HTTP speaks to the CI's own services, through the proxy that the environment names.
	HTTP *httpapi.Client
	// Local returns a client for this machine and its own link, without a proxy: over the unix socket that is named, over
	// TCP for "". Whoever asks for it closes it.
	Local func(socket string) *httpapi.Client
	// Run runs a command and returns what it printed, bounded. Its error, a *ProblemError where there is no such command,
	// holds nothing of that.
	Run func(ctx context.Context, name string, args ...string) ([]byte, error)
	// Out is where the CI reads commands from, among the lines of the log.
	Out io.Writer
}

// Output is a value for later steps.
type Output struct {
	Name   string
	Value  string
	Secret bool
}

// Uses says which of a system's functions will be called.
type Uses struct{ Save, Export, Setenv bool }

// Level is the weight of a line in the log.
type Level int

// The levels.
const (
	Info Level = iota
	Warning
	Failure
)

// Job names the running job for people and for audits. All of it is untrusted text: branch and job names come from
// whoever may push.
type Job struct {
	System     string
	Repository string
	Run        string // tells the run from those of every other pipeline of the CI
	Attempt    string
	Name       string
	Runner     string
	Revision   string
	Branch     string
}

// System is one CI. A nil function is something that this CI doesn't offer; Detect and IDToken are never nil.
type System struct {
	// ID is the short name, in FROGMINT_CI and in audits; Name is the one for people.
	ID   string
	Name string
	// Detect reports whether the job runs here.
	Detect func(Env) bool
	// IDToken gets the job's ID token, in one attempt. audience may be empty; where the pipeline or the CI chooses the
	// audience it is ignored. Without a token the error has a Hint: a *ProblemError where the job offers none, an
	// *httpapi.Error where a service refuses.
	IDToken func(ctx context.Context, host Host, audience string) (redact.Secret, error)
	// Check fails when what will be used couldn't work, while there is no token yet to lose.
	Check func(host Host, uses Uses) error
	// Mask hides a secret in everything that the job prints from then on. Its error never holds the secret.
	Mask func(Host, redact.Secret) error
	// PostUnreliable tells why the action's post step can't be counted on in this job, and what to do instead; "" when it
	// can. Nil: there are no actions here.
	PostUnreliable func(Env) string
	// Save keeps the state for the post step.
	Save func(host Host, key string, state string) error
	// Export hands values to later steps: as outputs, or as variables.
	Export func(host Host, outputs []Output) error
	// Setenv sets variables for later steps.
	Setenv func(host Host, variables []Output) error
	// NoExport tells why this CI has no Export and what to do instead.
	NoExport string
	// Print writes one line of the log in the CI's own form. Nil: plain text.
	Print func(host Host, level Level, message string)
	// Summary appends to the page that people see for the job.
	Summary func(host Host, markdown string) error

	// names has, in each field of a Job but System, the variables that hold it; see lookUp.
	names Job
	// canMask reports whether the log of this job is read for masks. Nil: always. A mask that nobody reads is a secret
	// printed in clear.
	canMask func(Env) bool
}

// Job reads the job's names from its variables. Generic has none.
func (s System) Job(env Env) Job {
	names := s.names
	if names == (Job{}) {
		return names
	}
	return Job{
		System: s.ID, Repository: withoutUser(lookUp(env, names.Repository)), Run: lookUp(env, names.Run), Attempt: lookUp(env, names.Attempt),
		Name: lookUp(env, names.Name), Runner: lookUp(env, names.Runner), Revision: lookUp(env, names.Revision), Branch: lookUp(env, names.Branch),
	}
}

// ProviderType is what JFrog calls this kind of OIDC provider. Its GitHub kind trusts GitHub's issuer, which those that pass
// for GitHub don't have; its Azure kind is for tokens of Entra ID, which Azure Pipelines' own aren't.
func (s System) ProviderType() string {
	if s.ID == "github" {
		return "GitHub"
	}
	return "GenericOidc"
}

// ProblemError is a failure of the surroundings, with what to do about it.
type ProblemError struct {
	What string
	Fix  string
}

var _ error = (*ProblemError)(nil)

// Error says what is wrong.
func (e *ProblemError) Error() string { return e.What }

// Hint tells what to change.
func (e *ProblemError) Hint() string { return e.Fix }
