package login

import (
	"encoding/json"
	"strconv"
	"strings"
)

// cargo takes all of a registry from variables, which have its name in capitals, with underscores for dashes. Artifactory
// wants the word Bearer in the token. It also wants credentials for the index, for which cargo has to be told that the token
// in a variable will do.
func cargo(p *plan, repository string) {
	name := "CARGO_REGISTRIES_" + strings.ToUpper(p.variablePart(repository))
	p.set(name+"_INDEX", "sparse+"+p.artifactory("/api/cargo/"+repository+"/index/"))
	if p.helped() {
		p.refuse(name + "_TOKEN")
		p.setTo(variable{name: name + "_CREDENTIAL_PROVIDER", value: func(c credentials) string { return c.helper("cargo") }})
		return
	}
	p.set(name+"_CREDENTIAL_PROVIDER", "cargo:token")
	p.setSecret(name+"_TOKEN", func(c credentials) string { return "Bearer " + c.token })
}

// CargoHello is the line that a credential provider begins with: the versions of the protocol that it speaks.
const CargoHello = `{"v":[1]}` + "\n"

// cargoHelper answers one line of cargo's protocol, in which a failure is a line, too. Until the token's renewal cargo doesn't
// ask again.
func cargoHelper(q *Question) string {
	asked, err := q.parse()
	switch {
	case err != nil:
		message, _ := json.Marshal(err.Error()) // a text
		return `{"Err":{"kind":"other","message":` + string(message) + `,"caused-by":[]}}` + "\n"
	case asked.Kind != "get":
		return `{"Err":{"kind":"operation-not-supported"}}` + "\n"
	case !q.Grant.covers(strings.TrimPrefix(asked.Registry.URL, "sparse+")):
		return `{"Err":{"kind":"not-found"}}` + "\n"
	}
	cache := `session"`
	if q.Grant.Renewal != 0 {
		cache = `expires","expiration":` + strconv.FormatInt(q.Grant.Renewal, 10)
	}
	return `{"Ok":{"kind":"get","token":"Bearer ` + q.Grant.Token.Reveal() + `","operation_independent":true,"cache":"` + cache + "}}\n"
}
