package ci

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// Azure is Azure Pipelines. Its own ID tokens, which don't come from Entra ID, have one fixed audience.
func Azure() System {
	return System{
		ID:           "azure",
		Name:         "Azure Pipelines",
		Detect:       func(env Env) bool { return strings.EqualFold(env("TF_BUILD"), "true") || hasAzureIDToken(env) },
		ProviderType: "GenericOidc", // JFrog's Azure kind is for tokens of Entra ID
		Audience:     Fixed,
		HasIDToken:   hasAzureIDToken,
		IDToken:      azureIDToken,
		IDTokenHint:  azureHint,
		Mask:         maskAzure,
		Export:       exportAzure,
		Setenv:       func(host Host, variables []Output) error { return setAzure(host, variables, "") },
		Print:        printAzure,
		Summary:      summarizeAzure,
		Job:          azureJob,
	}
}

const azureHint = "give the step `env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}`; the agent sets SYSTEM_OIDCREQUESTURI itself"

func hasAzureIDToken(env Env) bool {
	return env("SYSTEM_OIDCREQUESTURI") != "" && env("SYSTEM_ACCESSTOKEN") != ""
}

// azureIDToken asks the server that runs the pipeline, as Microsoft's own clients do: an empty POST with a version, and
// no redirect to a page for signing in.
func azureIDToken(ctx context.Context, host Host, _ string) (redact.Secret, error) {
	const op = "asking Azure Pipelines for the job's ID token"
	if !hasAzureIDToken(host.Env) {
		return redact.Secret{}, &Problem{
			What: op + ": SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN are not both set", Do: azureHint,
		}
	}
	target, err := url.Parse(host.Env("SYSTEM_OIDCREQUESTURI"))
	if err != nil || target.Host == "" {
		return redact.Secret{}, &Problem{What: op + ": SYSTEM_OIDCREQUESTURI is not a URL", Do: azureHint}
	}
	query := target.Query()
	query.Set("api-version", "7.1")
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), http.NoBody)
	if err != nil {
		return redact.Secret{}, fmt.Errorf("%s: %v", op, err)
	}
	request.Header.Set("Authorization", "Bearer "+host.Env("SYSTEM_ACCESSTOKEN"))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-TFS-FedAuthRedirect", "Suppress")
	token, err := idTokenFrom(ctx, host, op, request, "oidcToken")
	return token, hinted(err, azureHint)
}

func azureJob(env Env) Job {
	job := Job{
		System: "azure", Repository: env("BUILD_REPOSITORY_NAME"), Run: env("BUILD_BUILDID"), Attempt: env("SYSTEM_JOBATTEMPT"),
		Name: env("SYSTEM_JOBID"), Runner: env("AGENT_NAME"), Actor: env("BUILD_REQUESTEDFOR"),
		Revision: env("BUILD_SOURCEVERSION"), Branch: env("BUILD_SOURCEBRANCH"),
	}
	collection, project := env("SYSTEM_COLLECTIONURI"), env("SYSTEM_TEAMPROJECT")
	if collection != "" && project != "" && job.Run != "" {
		job.URL = strings.TrimSuffix(collection, "/") + "/" + url.PathEscape(project) + "/_build/results?buildId=" +
			url.QueryEscape(job.Run) + "&view=logs&j=" + url.QueryEscape(job.Name)
	}
	return job
}
