package login

import (
	"cmp"
	"slices"
	"strings"
)

// npm reads the project's .npmrc, then the user's, whose place is a variable. A token for a path holds for all below it
// (npm-registry-fetch and pnpm walk up the path). yarn 1 wants the registry's own, and a word that it is to be sent.
func npm(p *plan, repository string) {
	const name = "NPM_CONFIG_USERCONFIG"
	lower := strings.ToLower(name) // npm sets it for what it runs, and takes whichever of the two comes last
	base := "//" + p.base.Host + p.base.Path + "/"
	own := withoutCredentials(p.own(cmp.Or(p.env(lower), p.env(name), p.home(".npmrc"))), base)
	p.point(name, "npmrc", "")
	if p.env(lower) != "" {
		p.point(lower, "npmrc", "")
	}
	if repository != "" {
		p.refuse("NPM_CONFIG_REGISTRY", "npm_config_registry", "YARN_REGISTRY", "yarn_registry") // which count before any file
		p.replace(variable{name: "YARN_ALWAYS_AUTH", text: "true"})
	}
	p.write("npmrc", func(c credentials) string {
		added := lines(base + ":_authToken=" + c.token)
		if repository != "" {
			path := "api/npm/" + repository + "/"
			added += lines(base+path+":_authToken="+c.token, "registry="+p.artifactory("/"+path))
		}
		return addToINI(own, added)
	})
}

// withoutCredentials leaves out whom the user's own file would ask Artifactory as: the longest path counts.
func withoutCredentials(own, base string) string {
	var kept strings.Builder
	for _, line := range strings.SplitAfter(own, "\n") {
		key, _, _ := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		setting := key[strings.LastIndex(key, ":")+1:]
		if !strings.HasPrefix(key, base) || !slices.Contains([]string{"_authToken", "_auth", "_password", "username"}, setting) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// addToINI adds lines behind those of an INI file that are in no section: of several values the last one counts.
func addToINI(own, added string) string {
	if strings.HasPrefix(own, "[") {
		return added + own
	}
	head, sections, found := strings.Cut(own, "\n[")
	if head != "" {
		head = strings.TrimRight(head, "\r\n") + "\n"
	}
	if found {
		sections = "[" + sections
	}
	return head + added + sections
}
