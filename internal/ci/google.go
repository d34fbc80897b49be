package ci

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// GoogleCloudBuild takes the ID token of the build's service account from the metadata server. With FROGMINT_CI it
// serves on every machine of Google's that has one: nothing is asked over the network to find out.
func GoogleCloudBuild() System {
	return System{
		ID:           "google-cloud-build",
		Name:         "Google Cloud Build",
		Detect:       func(env Env) bool { return env("BUILDER_OUTPUT") != "" },
		ProviderType: "GenericOidc",
		Audience:     AskedFor,
		HasIDToken:   func(Env) bool { return true },
		IDToken:      googleIDToken,
		IDTokenHint:  googleHint,
		NoExport:     "the outputs of a step are stored with the build; use frogmint exec",
		Job:          googleJob,
	}
}

const googleHint = "let the build run as a service account of your own, which may get ID tokens for itself " +
	"(iam.serviceAccounts.getOpenIdToken)"

// googleIDToken asks the metadata server, by the name or at the address that Google's own clients would ask.
func googleIDToken(ctx context.Context, host Host, audience string) (redact.Secret, error) {
	const op = "asking Google's metadata server for the job's ID token"
	if audience == "" {
		return redact.Secret{}, &Problem{
			What: op + ": it gives none without an audience",
			Do:   "set oidc-audience to the audience of JFrog's integration",
		}
	}
	server := host.Env("GCE_METADATA_HOST")
	if server == "" {
		server = "metadata.google.internal"
	}
	query := url.Values{"audience": {audience}, "format": {"full"}}
	target := "http://" + server + "/computeMetadata/v1/instance/service-accounts/default/identity?" + query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return redact.Secret{}, fmt.Errorf("%s: GCE_METADATA_HOST is no host", op)
	}
	request.Header.Set("Metadata-Flavor", "Google") // without it the server refuses, so that no browser can be made to ask
	host.HTTP = host.Local("")
	body, err := fetch(ctx, host, op, request)
	if err != nil {
		return redact.Secret{}, hinted(err, googleHint)
	}
	token := strings.TrimSpace(string(body))
	if token == "" {
		return redact.Secret{}, fmt.Errorf("%s: the answer is empty", op)
	}
	return redact.NewSecret(token), nil
}

// googleJob reads substitutions, which a build hands to a step as variables only where it says so.
func googleJob(env Env) Job {
	job := Job{
		System: "google-cloud-build", Repository: env("REPO_FULL_NAME"), Run: env("BUILD_ID"), Name: env("TRIGGER_NAME"), Revision: env("COMMIT_SHA"),
	}
	job.Branch = firstSet(env, "BRANCH_NAME", "TAG_NAME")
	if project, location := env("PROJECT_ID"), env("LOCATION"); project != "" && location != "" && job.Run != "" {
		job.URL = "https://console.cloud.google.com/cloud-build/builds;region=" + url.PathEscape(location) + "/" +
			url.PathEscape(job.Run) + "?project=" + url.QueryEscape(project)
	}
	return job
}
