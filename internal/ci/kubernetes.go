package ci

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// Kubernetes is a pod with a projected service account token at the place that frogmint's documentation names: a step of
// Tekton or Argo, or any job. The volume chooses the audience. Another place can be named with id-token-file.
func Kubernetes() System { return kubernetesAt("/var/run/secrets/frogmint/token") }

func kubernetesAt(path string) System {
	hint := "mount a projected serviceAccountToken with JFrog's audience at " + path + ", or name its path with id-token-file"
	exists := func(Env) bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular()
	}
	return System{
		ID:           "kubernetes",
		Name:         "Kubernetes",
		Detect:       func(env Env) bool { return env("KUBERNETES_SERVICE_HOST") != "" && exists(env) },
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   exists,
		IDToken: func(ctx context.Context, _ Host, _ string) (redact.Secret, error) {
			return idTokenFromFile(ctx, path, hint)
		},
		IDTokenHint: hint,
		NoExport:    "results and output parameters are stored in the cluster in clear; use frogmint exec",
		Job:         kubernetesJob,
	}
}

// idTokenFromFile reads the file anew each time: the kubelet replaces the token well before it expires.
func idTokenFromFile(ctx context.Context, path, hint string) (redact.Secret, error) {
	const op = "reading the pod's ID token"
	data, err := limit.ReadFile(ctx, path, limit.Token, "token")
	if err != nil {
		return redact.Secret{}, &Problem{What: fmt.Sprintf("%s: %v", op, err), Do: hint}
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return redact.Secret{}, &Problem{What: op + ": " + path + " is empty", Do: hint}
	}
	return redact.NewSecret(token), nil
}

// kubernetesJob has little to read: what Tekton and Argo know of a run, a step sees only where its author hands it on.
func kubernetesJob(env Env) Job {
	return Job{System: "kubernetes", Run: env("ARGO_WORKFLOW_NAME"), Name: env("HOSTNAME")}
}
