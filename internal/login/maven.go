package login

import (
	"slices"
	"strings"
)

const mavenSettings = "maven-settings.xml"

// maven merges two files of settings: the installation's, whose place is the flag -gs, and the user's, which wins and stays
// what it is. The installation's own file is hidden; the one thing in it since Maven 3.8, a block of http repositories, is
// in this one as well. Maven looks for everything in the first of several repositories, and logs in to all.
func maven(p *plan, repository string) {
	const flag = "-gs"
	if p.hasFile(mavenSettings) { // of the first one
		return
	}
	args := p.env("MAVEN_ARGS")
	names := func(word string) bool { return word == flag || strings.HasPrefix(word, "--global-settings") }
	if slices.ContainsFunc(strings.Fields(args), names) {
		p.fail("leave that flag out, or maven out of login", "the variable MAVEN_ARGS is set already, and names settings of its own")
	}
	p.replace(variable{name: "MAVEN_ARGS", value: func(c credentials) string {
		return strings.TrimLeft(args+" "+flag+" "+c.path(mavenSettings), " ")
	}})
	if strings.ContainsAny(p.host.Temp, " \t") { // mvn splits the variable at spaces, whatever the quotes
		p.fail("let RUNNER_TEMP or TMPDIR name a directory without a space", "the temporary folder %q has a space, which MAVEN_ARGS can't hold", p.host.Temp)
	}
	keys := p.repositories()
	p.write(mavenSettings, func(c credentials) string {
		id, address := inXML(repository), inXML(p.artifactory("/"+repository))
		servers := ""
		for _, key := range keys {
			servers += lines(`    <server><id>` + inXML(key) + `</id><username>` + inXML(c.user) + `</username><password>` + inXML(c.token) + `</password></server>`)
		}
		return lines(`<settings>`, `  <servers>`) + servers + lines(
			`  </servers>`,
			`  <mirrors>`,
			`    <mirror><id>`+id+`</id><mirrorOf>*</mirrorOf><url>`+address+`</url></mirror>`,
			`    <mirror><id>maven-default-http-blocker</id><mirrorOf>external:http:*</mirrorOf><url>http://0.0.0.0/</url><blocked>true</blocked></mirror>`,
			`  </mirrors>`,
			`</settings>`)
	})
}

// inXML escapes a text for XML. Maven expands ${...} in its settings, and none of these texts can hold that.
func inXML(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&apos;", `"`, "&quot;").Replace(text)
}
