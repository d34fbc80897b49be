package login

import "strings"

// conan finds credentials by the name of a remote: the key, in capitals, with underscores for dashes. Without a name they
// would be sent to every remote.
func conan(p *plan, repository string) {
	name := strings.ToUpper(p.variablePart(repository))
	p.setUser("CONAN_LOGIN_USERNAME_" + name)
	p.setSecret("CONAN_PASSWORD_"+name, func(c credentials) string { return c.token })
}
