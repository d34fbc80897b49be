// Package ci knows the CI systems: how to tell where the job runs, where its ID token comes from, how a secret is masked
// in its log, how a value reaches later steps, and which variables name the job. One file holds one system; Systems
// lists them in the order in which they are looked for.
//
// Nothing here keeps state: what a system needs of the world comes in a Host.
package ci

import (
	"context"
	"io"
	"net/http"

	"github.com/frogmint/frogmint/internal/redact"
)

// Env looks a variable up. Unset and empty are the same: "".
type Env func(name string) string

// Doer sends one HTTP request. It must not follow redirects.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Host is what a system may use of the machine. All fields are required.
type Host struct {
	Env Env
	// HTTP speaks to the CI's own services, through the proxy that the environment names.
	HTTP Doer
	// Local speaks to this machine and its own link, through no proxy: over the unix socket that is named, over TCP for "".
	Local func(socket string) Doer
	// Run runs a command and returns what it printed, bounded. Its error holds nothing of that.
	Run func(ctx context.Context, name string, args ...string) ([]byte, error)
	// Out is where the CI reads commands from, among the lines of the log.
	Out io.Writer
}

// Audience says who chooses the audience of an ID token.
type Audience int

// The choosers. Whoever it is, the token's audience is compared with the one that was asked before it is sent.
const (
	AskedFor   Audience = iota // frogmint, when it asks for the token
	InPipeline                 // the author of the pipeline file
	Fixed                      // the CI
)

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
	Actor      string
	URL        string
	Revision   string
	Branch     string
}

// System is one CI. A nil function is something that this CI doesn't offer.
type System struct {
	// ID is the short name, in FROGMINT_CI and in audits; Name is the one that people know.
	ID   string
	Name string
	// Detect reports whether the job runs here.
	Detect func(Env) bool
	// ProviderType is what JFrog calls this kind of OIDC provider: GitHub, Azure or GenericOidc.
	ProviderType string
	Audience     Audience
	// HasIDToken reports whether the source of an ID token is present, without using it.
	HasIDToken func(Env) bool
	// IDToken gets the job's ID token. audience may be empty; it is a request only where Audience is AskedFor.
	IDToken func(ctx context.Context, host Host, audience string) (redact.Secret, error)
	// IDTokenHint tells what to change when there is no ID token.
	IDTokenHint string
	// Check fails when what will be used couldn't work, while there is no token yet to lose.
	Check func(host Host, uses Uses) error
	// Mask hides a secret in everything that the job prints from now on.
	Mask func(Host, redact.Secret) error
	// NoPost tells why the action's post stage can't be counted on in this job; "" when it can. Nil: it always can, or
	// there are no actions here.
	NoPost func(Env) string
	// Save keeps the state for the post stage.
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
	// Job reads the job's names.
	Job func(Env) Job
}
