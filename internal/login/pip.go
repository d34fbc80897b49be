package login

// pip takes the index from a variable and the credentials from a netrc file: in the index's URL, they would end up in what
// pip-compile writes.
func pip(p *plan, repository string) {
	p.netrc()
	if repository != "" {
		p.set("PIP_INDEX_URL", p.artifactory("/api/pypi/"+repository+"/simple"))
	}
}

// twine sends its credentials to wherever it uploads, which is pypi.org unless a variable says otherwise.
func twine(p *plan, repository string) {
	p.set("TWINE_REPOSITORY_URL", p.artifactory("/api/pypi/"+repository))
	p.setUser("TWINE_USERNAME")
	p.setSecret("TWINE_PASSWORD", func(c credentials) string { return c.token })
}

// uv reads netrc for its index, and variables for what it publishes.
func uv(p *plan, repository string) {
	p.netrc()
	if repository == "" {
		return
	}
	p.set("UV_DEFAULT_INDEX", p.artifactory("/api/pypi/"+repository+"/simple"))
	p.set("UV_PUBLISH_URL", p.artifactory("/api/pypi/"+repository))
	p.setUser("UV_PUBLISH_USERNAME")
	p.setSecret("UV_PUBLISH_PASSWORD", func(c credentials) string { return c.token })
}
