package ci

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// The variables of Buildkite's two services.
const (
	agentToken = "BUILDKITE_AGENT_ACCESS_TOKEN"
	agentJob   = "BUILDKITE_JOB_ID"
	jobSocket  = "BUILDKITE_AGENT_JOB_API_SOCKET"
	jobToken   = "BUILDKITE_AGENT_JOB_API_TOKEN"
)

// Buildkite has two services: the server's API for the agent gives ID tokens and annotations, the job's own socket
// redacts the log and changes the environment.
func Buildkite() System {
	return System{
		ID:      "buildkite",
		Name:    "Buildkite",
		Detect:  func(env Env) bool { return isValue("BUILDKITE", "true")(env) || isSet(agentToken+"/"+agentJob)(env) },
		IDToken: buildkiteIDToken,
		Check: checkExport(func(host Host) error {
			return require(host.Env, "exporting in Buildkite", buildkiteFix+". Or run the command with frogmint exec", jobSocket, jobToken)
		}),
		Mask:    maskBuildkite,
		Export:  exporting(setenvBuildkite),
		Setenv:  setenvBuildkite,
		Summary: summarizeBuildkite,
		names: Job{Repository: "BUILDKITE_ORGANIZATION_SLUG/BUILDKITE_PIPELINE_SLUG or BUILDKITE_REPO",
			Run: "BUILDKITE_BUILD_ID or BUILDKITE_BUILD_NUMBER", Attempt: "BUILDKITE_RETRY_COUNT", Name: "BUILDKITE_JOB_ID",
			Runner: "BUILDKITE_AGENT_NAME", Revision: "BUILDKITE_COMMIT", Branch: "BUILDKITE_BRANCH"},
		canMask: isSet(jobSocket + "/" + jobToken), // a container without the socket can't be redacted at run time
	}
}

const buildkiteFix = "run frogmint where the agent runs the job, or hand BUILDKITE_JOB_ID, BUILDKITE_AGENT_ACCESS_TOKEN and " +
	"the job API's socket to the container (the docker plugin's mount-buildkite-agent)"

// agentAPI prepares a call about this job to the server's API for the agent.
func agentAPI(host Host, op, path string, body any) (service, httpapi.Call, error) {
	agent := service{name: "Buildkite", client: host.HTTP, fix: buildkiteFix}
	if err := require(host.Env, op, buildkiteFix, agentToken, agentJob); err != nil {
		return agent, httpapi.Call{}, err
	}
	endpoint := cmp.Or(host.Env("BUILDKITE_AGENT_ENDPOINT"), "https://agent.buildkite.com/v3")
	target, err := serviceURL(op, "BUILDKITE_AGENT_ENDPOINT", endpoint, "leave it as the agent sets it")
	if err != nil {
		return agent, httpapi.Call{}, err
	}
	target = target.JoinPath("jobs", url.PathEscape(host.Env(agentJob)), path)
	call := httpapi.Call{Op: op, Method: http.MethodPost, URL: target, JSON: body}
	authorize(&call, "Token", host.Env(agentToken))
	return agent, call, nil
}

// buildkiteIDToken leaves the token's life to the server, whose default is five minutes (documented).
func buildkiteIDToken(ctx context.Context, host Host, audience string) (redact.Secret, error) {
	body := map[string]string{}
	if audience != "" {
		body["audience"] = audience
	}
	agent, call, err := agentAPI(host, "asking Buildkite for the job's ID token", "oidc/tokens", body)
	if err != nil {
		return redact.Secret{}, err
	}
	return agent.idToken(ctx, call, "token")
}

// summarizeBuildkite adds to one annotation of the build, which all of its jobs share.
func summarizeBuildkite(host Host, markdown string) error {
	if !isSet(agentToken + "/" + agentJob)(host.Env) {
		return nil
	}
	agent, call, err := agentAPI(host, "writing the build's annotation", "annotations", map[string]any{
		"body": markdown, "context": "frogmint", "style": "info", "append": true,
	})
	if err != nil {
		return err
	}
	ctx, cancel := withBuildkiteLimit()
	defer cancel()
	_, err = agent.send(ctx, call)
	return err
}

// withBuildkiteLimit bounds a call that the step's own budget doesn't. Its context has no parent: a mask must be set while the
// job is being cancelled too.
func withBuildkiteLimit() (context.Context, context.CancelFunc) {
	const most = 2 * time.Second
	return context.WithTimeoutCause(context.Background(), most, fmt.Errorf("no answer within %s (limit of a call to Buildkite)", most))
}

// jobAPI makes one call over the job's socket. secrets are what its body holds.
func jobAPI(host Host, call httpapi.Call, path string, secrets ...redact.Secret) error {
	if err := require(host.Env, call.Op, buildkiteFix, jobSocket, jobToken); err != nil {
		return err
	}
	client := host.Local(host.Env(jobSocket))
	defer client.Close()
	call.URL = &url.URL{Scheme: "http", Host: "job", Path: "/api/current-job/v0" + path}
	authorize(&call, "Bearer", host.Env(jobToken))
	call.Sent.Add(secrets...)
	ctx, cancel := withBuildkiteLimit()
	defer cancel()
	_, err := service{name: "Buildkite's agent", client: client, local: true, fix: buildkiteFix}.send(ctx, call)
	return err
}

func maskBuildkite(host Host, secret redact.Secret) error {
	call := httpapi.Call{Op: "redacting a secret", Method: http.MethodPost, JSON: map[string]string{"redact": secret.Reveal()}}
	return jobAPI(host, call, "/redactions", secret)
}

// setenvBuildkite changes the environment of the job's later phases: a hook's of the command, never the command's own.
func setenvBuildkite(host Host, variables []Output) error {
	const op = "setting variables for later phases"
	if err := checkVariables(variables); err != nil {
		return fmt.Errorf("%s: %v", op, err)
	}
	changes, secrets := map[string]string{}, []redact.Secret{}
	for _, variable := range variables {
		changes[variable.Name] = variable.Value
		if variable.Secret {
			secrets = append(secrets, redact.NewSecret(variable.Value))
		}
	}
	call := httpapi.Call{Op: op, Method: http.MethodPatch, JSON: map[string]any{"env": changes}}
	return jobAPI(host, call, "/env", secrets...)
}
