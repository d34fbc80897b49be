package login

// nuget finds credentials by the name of a source in the project's nuget.config: the key, with underscores for dashes, which
// no shell takes in the name of a variable.
func nuget(p *plan, repository string) {
	p.setSecret("NuGetPackageSourceCredentials_"+p.variablePart(repository), func(c credentials) string {
		return "Username=" + c.user + ";Password=" + c.token + ";ValidAuthenticationTypes=Basic"
	})
}
