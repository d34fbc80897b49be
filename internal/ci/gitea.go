package ci

import (
	"strconv"
	"strings"
)

// Gitea is Gitea Actions. Its runner speaks GitHub's commands and files; it already hands over the variables for an ID
// token, for which no released Gitea has an endpoint yet (runner's source, proposals in Gitea's tracker).
func Gitea() System {
	system := GitHub()
	system.ID, system.Name = "gitea", "Gitea Actions"
	system.Detect = isValue("GITEA_ACTIONS", "true")
	system.canMask = nil
	system.IDToken = actionsIDToken("Gitea", "no released Gitea gives ID tokens: use access-token, or name a token from elsewhere with id-token-env or id-token-file")
	system.PostUnreliable = giteaPostUnreliable
	return system
}

// giteaPostUnreliable goes by the runner's version: 2.3.0 is the first that runs a container's post entry point (source).
func giteaPostUnreliable(env Env) string {
	major, rest, _ := strings.Cut(strings.TrimPrefix(env("GITEA_ACTIONS_RUNNER_VERSION"), "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	first, errMajor := strconv.Atoi(major)
	second, errMinor := strconv.Atoi(minor)
	if errMajor == nil && errMinor == nil && (first > 2 || first == 2 && second >= 3) {
		return ""
	}
	return "Gitea's runner before 2.3.0 doesn't run a container action's post step; " + revokeStep
}
