package ci

import (
	"context"
	"os"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// Kubernetes is a pod with a projected service account token at the place that frogmint's documentation names: a step of
// Tekton or Argo, or any job. The volume chooses the audience. Another place can be named with id-token-file.
func Kubernetes() System { return kubernetesAt("/var/run/secrets/frogmint/token") }

func kubernetesAt(path string) System {
	return System{
		ID:   "kubernetes",
		Name: "Kubernetes",
		Detect: func(env Env) bool {
			info, err := os.Stat(path)
			return env("KUBERNETES_SERVICE_HOST") != "" && err == nil && info.Mode().IsRegular()
		},
		IDToken:  idTokenFromFile(path),
		NoExport: "results and output parameters are stored in the cluster in clear; use frogmint exec",
		// Of a run's names, those of Tekton and Argo, a step sees only what its author hands on.
		names: Job{Run: "ARGO_WORKFLOW_NAME", Name: "HOSTNAME"},
	}
}

// idTokenFromFile reads the file anew each time: the kubelet replaces the token well before it expires.
func idTokenFromFile(path string) idTokenFunc {
	const op = "reading the pod's ID token"
	fix := "mount a projected serviceAccountToken with JFrog's audience at " + path + ", or name its path with id-token-file"
	return func(ctx context.Context, _ Host, _ string) (redact.Secret, error) {
		data, err := httpapi.ReadFile(ctx, path, httpapi.MaxToken, "token")
		if err != nil {
			return redact.Secret{}, fileProblem(op, path, err, fix)
		}
		token := strings.TrimSpace(string(data))
		if token == "" {
			return redact.Secret{}, &ProblemError{What: op + ": " + path + " is empty", Fix: fix}
		}
		return redact.NewSecret(token), nil
	}
}
