package login

// gradle turns these variables into properties of the project. A repository called artifactory with
// credentials(PasswordCredentials) reads the two credentials by itself.
func gradle(p *plan, repository string) {
	if repository != "" {
		p.set("ORG_GRADLE_PROJECT_artifactoryUrl", p.artifactory("/"+repository))
	}
	p.setUser("ORG_GRADLE_PROJECT_artifactoryUsername")
	p.setSecret("ORG_GRADLE_PROJECT_artifactoryPassword", func(c credentials) string { return c.token })
}
