package login

import (
	"cmp"
	"runtime"
	"strings"
)

const helmRegistry = "helm/registry.json"

// helm has one file for registries, in docker's form, and one for repositories.
func helm(p *plan, repository string) {
	if p.hasFile(helmRegistry) { // of the first of several repositories
		return
	}
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
	p.point("HELM_REGISTRY_CONFIG", helmRegistry, registries)
	p.registry(helmRegistry, cmp.Or(p.env("HELM_REGISTRY_CONFIG"), registries))
	if repository == "" {
		return
	}
	keys := p.repositories()
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
	for _, key := range keys {
		if hasRepository(own, key) {
			p.fail("remove it there, or write helm without a repository", "a repository %q is in its own configuration %q already", key, ownPath)
		}
	}
	p.point("HELM_REPOSITORY_CONFIG", "helm/repositories.yaml", repositories)
	p.write("helm/repositories.yaml", func(c credentials) string { // JSON's strings are YAML's, too
		added := lines("repositories:")
		for _, key := range keys {
			added += lines("- name: "+key, `  url: "`+p.artifactory("/api/helm/"+key)+`"`, `  username: "`+c.user+`"`, `  password: "`+c.token+`"`)
		}
		return head + added + rest
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
