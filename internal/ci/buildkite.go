package ci

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// Buildkite has two services: the server's API for the agent gives ID tokens and annotations, the job's own socket
// redacts the log and changes the environment.
func Buildkite() System {
	return System{
		ID:           "buildkite",
		Name:         "Buildkite",
		Detect:       func(env Env) bool { return env("BUILDKITE") == "true" || hasBuildkiteIDToken(env) },
		ProviderType: "GenericOidc",
		Audience:     AskedFor,
		HasIDToken:   hasBuildkiteIDToken,
		IDToken:      buildkiteIDToken,
		IDTokenHint:  buildkiteHint,
		Check:        checkBuildkite,
		Mask:         maskBuildkite,
		Export:       func(host Host, outputs []Output) error { return setenvBuildkite(host, asVariables(outputs)) },
		Setenv:       setenvBuildkite,
		Summary:      summarizeBuildkite,
		Job:          buildkiteJob,
	}
}

const buildkiteHint = "run frogmint where the agent runs the job, or hand BUILDKITE_JOB_ID, BUILDKITE_AGENT_ACCESS_TOKEN and " +
	"the job API's socket to the container (the docker plugin's mount-buildkite-agent)"

func hasBuildkiteIDToken(env Env) bool {
	return env("BUILDKITE_AGENT_ACCESS_TOKEN") != "" && env("BUILDKITE_JOB_ID") != ""
}

// askBuildkite prepares a call of the agent's API about this job.
func askBuildkite(ctx context.Context, env Env, path string, body any) (*http.Request, error) {
	if !hasBuildkiteIDToken(env) {
		return nil, &Problem{What: "BUILDKITE_AGENT_ACCESS_TOKEN and BUILDKITE_JOB_ID are not both set", Do: buildkiteHint}
	}
	endpoint := env("BUILDKITE_AGENT_ENDPOINT")
	if endpoint == "" {
		endpoint = "https://agent.buildkite.com/v3"
	}
	target := strings.TrimSuffix(endpoint, "/") + "/jobs/" + url.PathEscape(env("BUILDKITE_JOB_ID")) + path
	return postJSON(ctx, http.MethodPost, target, "Token "+env("BUILDKITE_AGENT_ACCESS_TOKEN"), body)
}

// buildkiteIDToken leaves the token's life to the server, whose default is five minutes (documented).
func buildkiteIDToken(ctx context.Context, host Host, audience string) (redact.Secret, error) {
	const op = "asking Buildkite for the job's ID token"
	body := map[string]string{}
	if audience != "" {
		body["audience"] = audience
	}
	request, err := askBuildkite(ctx, host.Env, "/oidc/tokens", body)
	if err != nil {
		return redact.Secret{}, fmt.Errorf("%s: %w", op, err)
	}
	token, err := idTokenFrom(ctx, host, op, request, "token")
	return token, hinted(err, buildkiteHint)
}

// summarizeBuildkite adds to one annotation of the build, which all of its jobs share.
func summarizeBuildkite(host Host, markdown string) error {
	const op = "writing the build's annotation"
	if !hasBuildkiteIDToken(host.Env) {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), jobAPILimit, errJobAPILimit())
	defer cancel()
	request, err := askBuildkite(ctx, host.Env, "/annotations", map[string]any{
		"body": markdown, "context": "frogmint", "style": "info", "append": true,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	_, err = fetch(ctx, host, op, request)
	return err
}

func buildkiteJob(env Env) Job {
	job := Job{
		System: "buildkite", Repository: withoutUser(env("BUILDKITE_REPO")), Run: firstSet(env, "BUILDKITE_BUILD_ID", "BUILDKITE_BUILD_NUMBER"), Attempt: env("BUILDKITE_RETRY_COUNT"),
		Name: env("BUILDKITE_JOB_ID"), Runner: env("BUILDKITE_AGENT_NAME"), Actor: env("BUILDKITE_BUILD_CREATOR"),
		Revision: env("BUILDKITE_COMMIT"), Branch: env("BUILDKITE_BRANCH"),
	}
	if owner, pipeline := env("BUILDKITE_ORGANIZATION_SLUG"), env("BUILDKITE_PIPELINE_SLUG"); owner != "" && pipeline != "" {
		job.Repository = owner + "/" + pipeline
	}
	if build := env("BUILDKITE_BUILD_URL"); build != "" && job.Name != "" {
		job.URL = build + "#" + job.Name
	}
	return job
}
