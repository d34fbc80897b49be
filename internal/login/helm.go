package login

import (
	"cmp"
	"runtime"
	"strings"
)

// helm has one file for registries, in docker's form, and one for repositories.
func helm(p *plan, repository string) {
	config := cmp.Or(p.env("HELM_CONFIG_HOME"), path(p.env("XDG_CONFIG_HOME"), "helm"))
	switch { // helm's pkg/helmpath
	case config != "":
	case runtime.GOOS == "windows":
		config = path(p.env("APPDATA"), "helm")
	case runtime.GOOS == "darwin":
		config = p.home("Library", "Preferences", "helm")
	default:
		config = p.home(".config", "helm")
	}
	registries := path(config, "registry/config.json")
	p.point("HELM_REGISTRY_CONFIG", "helm/registry.json", registries)
	p.registry("helm/registry.json", cmp.Or(p.env("HELM_REGISTRY_CONFIG"), registries))
	if repository == "" {
		return
	}
	repositories := path(config, "repositories.yaml")
	ownPath := cmp.Or(p.env("HELM_REPOSITORY_CONFIG"), repositories)
	own := strings.ReplaceAll(p.own(ownPath), "\r\n", "\n")
	if own != "" && !strings.HasSuffix(own, "\n") {
		own += "\n"
	}
	head, rest, found := cutRepositories(own)
	if own != "" && !found {
		p.fail("correct that file, or leave helm out of login", "its own configuration %q is not what helm writes", ownPath)
	}
	if hasRepository(own, repository) {
		p.fail("remove it there, or write helm without a repository", "a repository %q is in its own configuration %q already", repository, ownPath)
	}
	p.point("HELM_REPOSITORY_CONFIG", "helm/repositories.yaml", repositories)
	p.write("helm/repositories.yaml", func(c credentials) string { // JSON's strings are YAML's, too
		return head + lines("repositories:", "- name: "+repository, `  url: "`+p.artifactory("/api/helm/"+repository)+`"`,
			`  username: "`+c.user+`"`, `  password: "`+c.token+`"`) + rest
	})
}

// hasRepository looks for a line name: KEY, which may begin an item of the list, with or without quotes.
func hasRepository(own, key string) bool {
	for _, line := range strings.Split(own, "\n") {
		name, value, _ := strings.Cut(strings.TrimLeft(line, " -"), ":")
		if strings.Trim(name, ` "'`) == "name" && strings.Trim(value, ` "'`) == key {
			return true
		}
	}
	return false
}

// cutRepositories cuts helm's file before and behind the line that begins the list of repositories.
func cutRepositories(own string) (head, rest string, found bool) {
	if own == "" {
		return lines(`apiVersion: ""`), "", true
	}
	for _, line := range []string{"repositories: []\n", "repositories: null\n", "repositories:\n"} {
		if before, after, ok := strings.Cut("\n"+own, "\n"+line); ok {
			return strings.TrimPrefix(before+"\n", "\n"), after, true
		}
	}
	return "", "", false
}
