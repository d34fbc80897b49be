package ci

import (
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// Systems returns the CI systems in the order of detection. Forgejo and Gitea pass for GitHub, and GitHub's own runners
// live inside other systems; Harness passes for Drone; Jenkins has no variable of its own that is always set; what any
// pod or virtual machine may have comes last.
func Systems() []System {
	return []System{
		Forgejo(), Gitea(), GitHub(), GitLab(), Azure(), CircleCI(), Buildkite(), Bitbucket(), Semaphore(), TeamCity(),
		Woodpecker(), Harness(), Drone(), Travis(), CodeBuild(), Jenkins(), Kubernetes(), GoogleCloudBuild(),
	}
}

// override names the CI where detection can't tell, or tells wrong.
const override = "FROGMINT_CI"

// Detect returns the system that the job runs in, Generic where it is none of Systems. Its Mask is nil where this job's log
// isn't read for masks. The variable FROGMINT_CI beats what is detected; the error, a *ProblemError, says that it names no
// system.
func Detect(env Env) (System, error) {
	if id := env(override); id != "" {
		return byID(env, id)
	}
	for _, system := range Systems() {
		if system.Detect(env) {
			return system.forJob(env), nil
		}
	}
	return Generic(), nil
}

// DetectActions returns the system for the action's own steps, which only GitHub and those that pass for it run. It
// always masks. FROGMINT_CI doesn't count, and on github.com no mark of another system does: a step before could have set
// them. What begins with GITHUB_ no step can set there.
func DetectActions(env Env) System {
	if env("GITHUB_SERVER_URL") == "https://github.com" {
		return GitHub()
	}
	for _, system := range []System{Forgejo(), Gitea()} {
		if system.Detect(env) {
			return system
		}
	}
	return GitHub()
}

func byID(env Env, id string) (System, error) {
	var ids []string
	for _, system := range append(Systems(), Generic()) {
		if system.ID == id {
			return system.forJob(env), nil
		}
		ids = append(ids, system.ID)
	}
	return System{}, &ProblemError{
		What: fmt.Sprintf("%s: unknown CI %q", override, redact.Text(id, 80)),
		Fix:  "leave it unset to let frogmint find out, or use one of " + strings.Join(ids, ", "),
	}
}

// forJob leaves out what this job doesn't offer.
func (s System) forJob(env Env) System {
	if s.canMask != nil && !s.canMask(env) {
		s.Mask = nil
	}
	return s
}

// markedBy is canMask of a CI whose runner sets a variable to true. Those that get an ID token, which it is detected by
// too, may be set in a terminal. Whoever names the CI is believed.
func markedBy(name string) func(Env) bool {
	return func(env Env) bool { return isValue(name, "true")(env) || env(override) != "" }
}

// Generic is a runner that is none of Systems. Its ID token, if any, is named by an input.
func Generic() System {
	return System{
		ID:       "generic",
		Name:     "an unknown CI",
		Detect:   func(Env) bool { return true },
		IDToken:  noIDToken("this runner is not a CI that frogmint supports", "name the variable or the file that holds the job's ID token with id-token-env or id-token-file"),
		NoExport: "frogmint has no way to hand values to later steps on this runner; use frogmint exec",
	}
}
