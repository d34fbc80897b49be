package login

import "strings"

// poetry finds credentials by the name of a source or repository, which is the key here. Its name for the variable has
// capitals, and underscores for dashes.
func poetry(p *plan, repository string) {
	if strings.ContainsAny(repository, "0123456789") { // poetry/config/config.py: [A-Z_]+
		p.fail("use a repository without digits in its key", "%q has a digit, which poetry doesn't take in the name of a variable", repository)
	}
	name := strings.ToUpper(p.variablePart(repository))
	p.set("POETRY_REPOSITORIES_"+name+"_URL", p.artifactory("/api/pypi/"+repository))
	p.setUser("POETRY_HTTP_BASIC_" + name + "_USERNAME")
	p.setSecret("POETRY_HTTP_BASIC_"+name+"_PASSWORD", func(c credentials) string { return c.token })
}
