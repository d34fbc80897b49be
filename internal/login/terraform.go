package login

import "strings"

// terraform finds a token by the host: dots are underscores, and dashes two of them. A port can't be written so.
func terraform(p *plan, _ string) {
	if p.base.Port() != "" {
		p.fail("leave terraform out of login", "it can't name %s in a variable, which has a port", p.base.Host)
	}
	name := strings.NewReplacer(".", "_", "-", "__").Replace(p.base.Hostname())
	p.setSecret("TF_TOKEN_"+name, func(c credentials) string { return c.token })
}
