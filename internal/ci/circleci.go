package ci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// CircleCI gives each job two ID tokens for the organization, and others on demand.
func CircleCI() System {
	return System{
		ID:           "circleci",
		Name:         "CircleCI",
		Detect:       func(env Env) bool { return env("CIRCLECI") == "true" || hasCircleCIToken(env) },
		ProviderType: "GenericOidc",
		Audience:     AskedFor,
		HasIDToken:   hasCircleCIToken,
		IDToken:      circleCIIDToken,
		IDTokenHint:  circleCIHint,
		Check:        checkCircleCI,
		Export:       func(host Host, outputs []Output) error { return setenvCircleCI(host, asVariables(outputs)) },
		Setenv:       setenvCircleCI,
		Job:          circleCIJob,
	}
}

const circleCIHint = "run frogmint in a job of CircleCI, cloud or server 4: CIRCLE_OIDC_TOKEN_V2 is set there by itself"

func circleCITokens() []string { return []string{"CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN"} }

func hasCircleCIToken(env Env) bool { return hasVariable(circleCITokens()...)(env) }

// circleCIIDToken takes the variable, whose audience is the organization's id, unless another audience was asked: that
// one only CircleCI's own command gets. There is no documented endpoint.
func circleCIIDToken(ctx context.Context, host Host, audience string) (redact.Secret, error) {
	if audience == "" {
		return idTokenFromVariable(circleCIHint, circleCITokens()...)(ctx, host, audience)
	}
	const op = "asking circleci run oidc get for the job's ID token"
	claims, err := json.Marshal(map[string]string{"aud": audience})
	if err != nil {
		return redact.Secret{}, fmt.Errorf("%s: %v", op, err)
	}
	output, err := host.Run(ctx, "circleci", "run", "oidc", "get", "--claims", string(claims))
	var problem *Problem
	switch {
	case errors.As(err, &problem):
		return redact.Secret{}, &Problem{
			What: op + ": " + problem.What,
			Do:   "run frogmint in the job's own image, or leave oidc-audience out and let JFrog's integration expect the organization's id",
		}
	case err != nil:
		return redact.Secret{}, &Error{Op: op, Message: redact.Text(err.Error(), 300), cause: err}
	}
	token := strings.TrimSpace(string(output))
	if token == "" {
		return redact.Secret{}, fmt.Errorf("%s: it printed nothing", op)
	}
	return redact.NewSecret(token), nil
}

const circleCIFileHint = "run frogmint in a step whose shell is bash, or run the command with frogmint exec"

func checkCircleCI(host Host, uses Uses) error {
	if !uses.Export && !uses.Setenv {
		return nil
	}
	return checkPrivate(host.Env, "BASH_ENV", circleCIFileHint)
}

// setenvCircleCI appends to the file that bash reads at the start of each later step of the job.
func setenvCircleCI(host Host, variables []Output) error {
	const op = "writing to $BASH_ENV"
	lines, err := shellLines(variables)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := appendPrivate(host.Env("BASH_ENV"), lines); err != nil {
		return fmt.Errorf("%s: %v", op, err) // not a *Problem: before the mint it was fine
	}
	return nil
}

func circleCIJob(env Env) Job {
	job := Job{
		System: "circleci", Repository: env("CIRCLE_PROJECT_ID"), Run: env("CIRCLE_WORKFLOW_ID"), Attempt: env("CIRCLE_WORKFLOW_JOB_ID"),
		Name: env("CIRCLE_JOB"), Actor: env("CIRCLE_USERNAME"), URL: env("CIRCLE_BUILD_URL"), Revision: env("CIRCLE_SHA1"),
	}
	// Projects that come through the GitHub App or GitLab have no names here.
	if owner, name := env("CIRCLE_PROJECT_USERNAME"), env("CIRCLE_PROJECT_REPONAME"); owner != "" && name != "" {
		job.Repository = owner + "/" + name
	}
	job.Branch = firstSet(env, "CIRCLE_BRANCH", "CIRCLE_TAG")
	return job
}
