package login

import "strings"

// cargo takes all of a registry from variables, which have its name in capitals, with underscores for dashes. Artifactory
// wants the word Bearer in the token. It also wants credentials for the index, for which cargo has to be told that the token
// in a variable will do.
func cargo(p *plan, repository string) {
	name := "CARGO_REGISTRIES_" + strings.ToUpper(p.variablePart(repository))
	p.set(name+"_INDEX", "sparse+"+p.artifactory("/api/cargo/"+repository+"/index/"))
	p.set(name+"_CREDENTIAL_PROVIDER", "cargo:token")
	p.setSecret(name+"_TOKEN", func(c credentials) string { return "Bearer " + c.token })
}
