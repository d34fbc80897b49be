package ci

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// Systems returns the known CI systems in the order of detection. Forgejo and Gitea pass for GitHub, and GitHub's own
// runners live inside other systems; Harness passes for Drone; Jenkins has no variable of its own that is always set; what
// any pod or virtual machine may have comes last.
func Systems() []System {
	return []System{
		Forgejo(),
		Gitea(),
		GitHub(),
		GitLab(),
		Azure(),
		CircleCI(),
		Buildkite(),
		Bitbucket(),
		Semaphore(),
		TeamCity(),
		Woodpecker(),
		Harness(),
		Drone(),
		Travis(),
		CodeBuild(),
		Jenkins(),
		Kubernetes(),
		GoogleCloudBuild(),
	}
}

// override names the CI where detection can't tell, or tells wrong.
const override = "FROGMINT_CI"

// Detect returns the system that the job runs in, Generic where none is known. The variable FROGMINT_CI beats what it
// sees; the error, a *Problem, says that it names no system.
func Detect(env Env) (System, error) {
	if id := env(override); id != "" {
		return named(id)
	}
	for _, system := range Systems() {
		if system.Detect(env) {
			return system, nil
		}
	}
	return Generic(), nil
}

func named(id string) (System, error) {
	var known []string
	for _, system := range append(Systems(), Generic()) {
		if system.ID == id {
			return system, nil
		}
		known = append(known, system.ID)
	}
	return System{}, &Problem{
		What: fmt.Sprintf("%s: %q is no CI that frogmint knows", override, redact.Text(id, 80)),
		Do:   "leave it unset to let frogmint find out, or use one of " + strings.Join(known, ", "),
	}
}

// Generic is a runner that frogmint knows nothing of. Its ID token, if any, is named by an input.
func Generic() System {
	const hint = "name the variable or the file that holds the job's ID token with id-token-env or id-token-file"
	return System{
		ID:           "generic",
		Name:         "no known CI",
		Detect:       func(Env) bool { return true },
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   func(Env) bool { return false },
		IDTokenHint:  hint,
		NoExport:     "this runner has no way for later steps that frogmint knows; use frogmint exec",
		Job:          func(Env) Job { return Job{} },
	}
}
