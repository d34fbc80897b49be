package ci

import (
	"strconv"
	"strings"
)

// Gitea is Gitea Actions. Its runner speaks GitHub's commands and files; it already hands over the variables for an ID
// token, for which no released Gitea has an endpoint yet (runner's source, proposals in Gitea's tracker).
func Gitea() System {
	const hint = "no released Gitea gives ID tokens: use access-token, or name a token from elsewhere with id-token-env or id-token-file"
	system := GitHub()
	system.ID, system.Name = "gitea", "Gitea Actions"
	system.Detect = func(env Env) bool { return env("GITEA_ACTIONS") == "true" }
	system.ProviderType = "GenericOidc"
	system.IDToken, system.IDTokenHint = actionsIDToken("Gitea", hint), hint
	system.NoPost = giteaNoPost
	system.Job = forgeJob("gitea")
	return system
}

// giteaNoPost goes by the runner's version: release 2.3.0 is the first that runs a container's post entry point (source).
func giteaNoPost(env Env) string {
	major, rest, _ := strings.Cut(strings.TrimPrefix(env("GITEA_ACTIONS_RUNNER_VERSION"), "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	first, errMajor := strconv.Atoi(major)
	second, errMinor := strconv.Atoi(minor)
	if errMajor == nil && errMinor == nil && (first > 2 || first == 2 && second >= 3) {
		return ""
	}
	return noPost("Gitea's runner before 2.3.0 doesn't")
}
