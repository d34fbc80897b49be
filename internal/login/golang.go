package login

import "strings"

// golang is the go command: the proxy is a variable, the credentials are in a netrc file, and go sends them over https only.
func golang(p *plan, repository string) {
	if p.base.Scheme != "https" {
		p.fail("use a platform with https, or leave go out of login", "it sends credentials over https only")
	}
	if auth := p.env("GOAUTH"); auth != "" && !strings.Contains(auth, "netrc") {
		p.fail("add netrc to GOAUTH, or leave go out of login", "the variable GOAUTH is set already, and doesn't say netrc")
	}
	p.netrc()
	if repository != "" {
		p.set("GOPROXY", p.artifactory("/api/go/"+repository))
	}
}
