package ci

import (
	"context"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// pipelineVariable is the variable for a pipeline's ID token where the CI leaves its name to the author of the pipeline.
const pipelineVariable = "JFROG_ID_TOKEN"

// idTokenFunc is a System's IDToken.
type idTokenFunc = func(ctx context.Context, host Host, audience string) (redact.Secret, error)

// noIDToken is for a system that gives its jobs no ID token, or only in ways that need an input.
func noIDToken(why, fix string) idTokenFunc {
	return func(context.Context, Host, string) (redact.Secret, error) {
		return redact.Secret{}, &ProblemError{What: "getting the job's ID token: " + why, Fix: fix}
	}
}

// idTokenFromVariable takes the variable, or the first of several that is set; see lookUp.
func idTokenFromVariable(fix, names string) idTokenFunc {
	return func(_ context.Context, host Host, _ string) (redact.Secret, error) {
		value := strings.TrimSpace(lookUp(host.Env, names))
		if value == "" {
			return redact.Secret{}, &ProblemError{What: "getting the job's ID token: " + names + " is not set", Fix: fix}
		}
		return redact.NewSecret(value), nil
	}
}

// temporaryError is a failure to get an ID token that may be over a moment later.
type temporaryError struct {
	error
	fix string
}

// Hint tells what to change when it isn't.
func (e *temporaryError) Hint() string { return e.fix }

// Temporary reports true.
func (e *temporaryError) Temporary() bool { return true }

// Unwrap gives the failure itself.
func (e *temporaryError) Unwrap() error { return e.error }
