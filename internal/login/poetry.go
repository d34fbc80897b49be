package login

import "strings"

// poetry finds credentials by the name of a source or repository, which is the key here. Its name for the variable has
// capitals, and underscores for dashes.
func poetry(p *plan, repository string) {
	// poetry/config/config.py: it looks for [A-Z_]+, and takes an underscore for a dash.
	if strings.ContainsFunc(repository, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') }) {
		p.fail("use a repository whose key has small letters and dashes only", "poetry can't read the key %q from the name of a variable", repository)
	}
	name := strings.ToUpper(strings.ReplaceAll(repository, "-", "_"))
	p.refuse("POETRY_PYPI_TOKEN_" + name) // which it takes before a password
	p.set("POETRY_REPOSITORIES_"+name+"_URL", p.artifactory("/api/pypi/"+repository))
	p.setUser("POETRY_HTTP_BASIC_" + name + "_USERNAME")
	p.setSecret("POETRY_HTTP_BASIC_"+name+"_PASSWORD", func(c credentials) string { return c.token })
}
