package login

import (
	"cmp"
	"strings"
)

// golang is the go command: the proxy is a variable, the credentials are a helper's or in a netrc file, and go sends them over
// https only. Of several ways to get them the first one counts.
func golang(p *plan, repository string) {
	if p.base.Scheme != "https" {
		p.fail("use a platform with https, or leave go out of login", "it sends credentials over https only")
	}
	switch auth := p.env("GOAUTH"); {
	case p.host.Helper != "" && auth == "off":
		p.fail("unset GOAUTH for this job, or leave go out of login", "the variable GOAUTH is set already, and says off")
	case p.helped():
		p.replace(variable{name: "GOAUTH", value: func(c credentials) string { return c.helper("go") + ";" + cmp.Or(auth, "netrc") }})
	case auth != "" && !strings.Contains(auth, "netrc"):
		p.fail("add netrc to GOAUTH, or leave go out of login", "the variable GOAUTH is set already, and doesn't say netrc")
	default:
		p.netrc()
	}
	if repository != "" {
		p.set("GOPROXY", p.artifactory("/api/go/"+repository))
	}
}

// goHelper speaks the protocol of GOAUTH: a URL, an empty line, headers, an empty line. Without a question go keeps the answer,
// and asks about a URL when that was refused.
func goHelper(q *Question) (string, error) {
	if q.Err != nil || q.Word != "" && !q.Grant.covers(q.Word) {
		return "", q.Err
	}
	return lines(q.Grant.Base, "", "Authorization: Basic "+credentials{user: q.Grant.User, token: q.Grant.Token.Reveal()}.basic(), ""), nil
}
