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
		ID:      "circleci",
		Name:    "CircleCI",
		Detect:  isSet("CIRCLECI or CIRCLE_OIDC_TOKEN_V2 or CIRCLE_OIDC_TOKEN"),
		IDToken: circleCIIDToken,
		Check: checkExport(func(host Host) error {
			return checkFile(host.Env, "BASH_ENV", "run frogmint in a step whose shell is bash, or run the command with frogmint exec", openPrivate)
		}),
		Export: exporting(setenvCircleCI),
		Setenv: setenvCircleCI,
		// Projects that come through the GitHub App or GitLab have no names here.
		names: Job{Repository: "CIRCLE_PROJECT_USERNAME/CIRCLE_PROJECT_REPONAME or CIRCLE_PROJECT_ID", Run: "CIRCLE_WORKFLOW_ID",
			Attempt: "CIRCLE_WORKFLOW_JOB_ID", Name: "CIRCLE_JOB", Revision: "CIRCLE_SHA1", Branch: "CIRCLE_BRANCH or CIRCLE_TAG"},
	}
}

// circleCIIDToken takes the variable, whose audience is the organization's id, unless another audience was asked: that
// one only CircleCI's own command gets. There is no documented endpoint.
func circleCIIDToken(ctx context.Context, host Host, audience string) (redact.Secret, error) {
	const (
		op          = "asking circleci run oidc get for the job's ID token"
		variableFix = "run frogmint in a job of CircleCI, cloud or server 4: CIRCLE_OIDC_TOKEN_V2 is set there by itself"
		askFix      = "run frogmint in the job's own image, or leave oidc-audience out and let JFrog's integration expect the organization's id"
	)
	if audience == "" {
		return idTokenFromVariable(variableFix, "CIRCLE_OIDC_TOKEN_V2 or CIRCLE_OIDC_TOKEN")(ctx, host, audience)
	}
	claims, err := json.Marshal(map[string]string{"aud": audience})
	if err != nil {
		return redact.Secret{}, fmt.Errorf("%s: %v", op, err)
	}
	output, err := host.Run(ctx, "circleci", "run", "oidc", "get", "--claims", string(claims))
	missing, isProblem := errors.AsType[*ProblemError](err)
	switch {
	case isProblem:
		return redact.Secret{}, &ProblemError{What: op + ": " + missing.What, Fix: askFix}
	case err != nil:
		return redact.Secret{}, &temporaryError{fmt.Errorf("%s: %s", op, redact.Text(err.Error(), maxWords)), askFix}
	}
	token := strings.TrimSpace(string(output))
	if token == "" {
		return redact.Secret{}, &ProblemError{What: op + ": it printed nothing", Fix: askFix}
	}
	return redact.NewSecret(token), nil
}

// setenvCircleCI appends to the file that bash reads at the start of each later step of the job.
func setenvCircleCI(host Host, variables []Output) error {
	lines, err := shellLines(variables)
	if err == nil {
		err = appendPrivate(host.Env("BASH_ENV"), lines)
	}
	if err != nil {
		return fmt.Errorf("writing to $BASH_ENV: %v", err)
	}
	return nil
}
