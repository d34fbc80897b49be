package login

import "strings"

// cargo takes all of a registry from variables, which have its name in capitals, with underscores for dashes. Artifactory
// wants the word Bearer in the token.
func cargo(p *plan, repository string) {
	name := "CARGO_REGISTRIES_" + strings.ToUpper(p.variablePart(repository))
	p.set(name+"_INDEX", "sparse+"+p.artifactory("/api/cargo/"+repository+"/index/"))
	p.setSecret(name+"_TOKEN", func(c credentials) string { return "Bearer " + c.token })
}
