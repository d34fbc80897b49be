package login

import (
	"cmp"
	"strings"
)

// npm reads the project's .npmrc, then the user's, whose place is a variable. A token for a path holds for all below it
// (npm-registry-fetch and pnpm walk up the path); yarn 1 wants the registry's own.
func npm(p *plan, repository string) {
	name := "NPM_CONFIG_USERCONFIG"
	if lower := strings.ToLower(name); p.env(lower) != "" { // npm sets it for what it runs, and takes either
		name = lower
	}
	own := p.own(cmp.Or(p.env(name), p.home(".npmrc")))
	base := "//" + p.base.Host + p.base.Path + "/"
	p.point(name, "npmrc", "")
	p.write("npmrc", func(c credentials) string {
		added := lines(base + ":_authToken=" + c.token)
		if repository != "" {
			path := "api/npm/" + repository + "/"
			added += lines(base+path+":_authToken="+c.token, "registry="+p.artifactory("/"+path))
		}
		return addToINI(own, added)
	})
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
