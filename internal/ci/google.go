package ci

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// GoogleCloudBuild takes the ID token of the build's service account from the metadata server. With FROGMINT_CI it
// serves on every machine of Google's that has one: nothing is asked over the network to find out.
func GoogleCloudBuild() System {
	return System{
		ID:       "google-cloud-build",
		Name:     "Google Cloud Build",
		Detect:   isSet("BUILDER_OUTPUT"),
		IDToken:  googleIDToken,
		NoExport: "the outputs of a step are stored with the build; use frogmint exec",
		// A build hands substitutions to a step as variables only where it says so.
		names: Job{Repository: "REPO_FULL_NAME", Run: "BUILD_ID", Name: "TRIGGER_NAME", Revision: "COMMIT_SHA",
			Branch: "BRANCH_NAME or TAG_NAME"},
	}
}

// googleIDToken asks the metadata server, by the name or at the address that Google's own clients would ask.
func googleIDToken(ctx context.Context, host Host, audience string) (redact.Secret, error) {
	const (
		op  = "asking Google's metadata server for the job's ID token"
		fix = "let the build run as a service account of your own, which may get ID tokens for itself (iam.serviceAccounts.getOpenIdToken)"
	)
	if audience == "" {
		return redact.Secret{}, &ProblemError{
			What: op + ": it gives none without an audience", Fix: "set oidc-audience to the audience of JFrog's integration",
		}
	}
	server := cmp.Or(host.Env("GCE_METADATA_HOST"), "metadata.google.internal")
	query := url.Values{"audience": {audience}, "format": {"full"}}
	address := "http://" + server + "/computeMetadata/v1/instance/service-accounts/default/identity?" + query.Encode()
	target, err := serviceURL(op, "the address with GCE_METADATA_HOST", address, "leave GCE_METADATA_HOST out, or set it to HOST or HOST:PORT")
	if err != nil {
		return redact.Secret{}, err
	}
	client := host.Local("")
	defer client.Close()
	call := httpapi.Call{
		Op: op, Method: http.MethodGet, URL: target,
		// Without it the server refuses, so that no browser can be made to ask.
		Authorize: func(r *http.Request) { r.Header.Set("Metadata-Flavor", "Google") },
	}
	return service{name: "Google's metadata server", client: client, local: true, fix: fix}.idToken(ctx, call, "")
}
