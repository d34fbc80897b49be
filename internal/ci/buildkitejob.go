package ci

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/frogmint/frogmint/internal/redact"
)

// jobAPILimit bounds a call that is no part of the stage's own budget. The socket is on this machine.
const jobAPILimit = 2 * time.Second

func errJobAPILimit() error {
	return fmt.Errorf("no answer within %s (limit of the job API)", jobAPILimit)
}

func hasJobAPI(env Env) bool {
	return env("BUILDKITE_AGENT_JOB_API_SOCKET") != "" && env("BUILDKITE_AGENT_JOB_API_TOKEN") != ""
}

// jobAPI makes one call over the job's socket. It takes no context: a mask must be set while the job is being cancelled too.
func jobAPI(host Host, op, method, path string, body any) error {
	if !hasJobAPI(host.Env) {
		return &Problem{What: op + ": BUILDKITE_AGENT_JOB_API_SOCKET and _TOKEN are not both set", Do: buildkiteHint}
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), jobAPILimit, errJobAPILimit())
	defer cancel()
	request, err := postJSON(ctx, method, "http://job/api/current-job/v0"+path, "Bearer "+host.Env("BUILDKITE_AGENT_JOB_API_TOKEN"), body)
	if err != nil {
		return fmt.Errorf("%s: %v", op, err)
	}
	host.HTTP = host.Local(host.Env("BUILDKITE_AGENT_JOB_API_SOCKET"))
	_, err = fetch(ctx, host, op, request)
	return err
}

func checkBuildkite(host Host, uses Uses) error {
	if (uses.Export || uses.Setenv) && !hasJobAPI(host.Env) {
		return &Problem{
			What: "exporting in Buildkite: BUILDKITE_AGENT_JOB_API_SOCKET and _TOKEN are not both set",
			Do:   buildkiteHint + "; or run the command with frogmint exec",
		}
	}
	return nil
}

// maskBuildkite does nothing where the job has no socket: a container without it can't be redacted at run time.
func maskBuildkite(host Host, secret redact.Secret) error {
	if !hasJobAPI(host.Env) {
		return nil
	}
	return jobAPI(host, "redacting a secret", http.MethodPost, "/redactions", map[string]string{"redact": secret.Reveal()})
}

// setenvBuildkite changes the environment of the job's later phases: a hook's of the command, never the command's own.
func setenvBuildkite(host Host, variables []Output) error {
	const op = "setting variables for later phases"
	if err := checkVariables(variables); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	changes := map[string]string{}
	for _, variable := range variables {
		changes[variable.Name] = variable.Value
	}
	return jobAPI(host, op, http.MethodPatch, "/env", map[string]any{"env": changes})
}
