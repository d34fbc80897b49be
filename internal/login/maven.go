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
	words := strings.Fields(args)
	names := func(word string) bool { return word == flag || strings.HasPrefix(word, "--global-settings") }
	if slices.ContainsFunc(words, names) {
		p.fail("leave that flag out, or maven out of login", "the variable MAVEN_ARGS is set already, and names settings of its own")
	}
	p.replace(variable{name: "MAVEN_ARGS", value: func(c credentials) string {
		return strings.TrimLeft(args+" "+flag+" "+c.path(mavenSettings), " ")
	}})
	if strings.ContainsAny(p.host.Temp, " \t") { // mvn splits the variable at spaces, whatever the quotes
		p.fail("let RUNNER_TEMP or TMPDIR name a directory without a space", "the temporary folder %q has a space, which MAVEN_ARGS can't hold", p.host.Temp)
	}
	keys := p.repositories()
	ownPath := mavenOwn(words, p.home(".m2", "settings.xml"))
	own := p.own(ownPath)
	for _, key := range keys {
		if hasServer(own, key) {
			p.fail("remove it there, or leave maven out of login", "a server %q is in its own configuration %q already", key, ownPath)
		}
	}
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

// mavenOwn is the path of the user's settings, which arguments may name.
func mavenOwn(words []string, byDefault string) string {
	for i, word := range words {
		if path, ok := strings.CutPrefix(word, "--settings="); ok {
			return path
		}
		if (word == "-s" || word == "--settings") && i+1 < len(words) {
			return words[i+1]
		}
	}
	return byDefault
}

// hasServer reports whether settings have credentials under a key: those would win. encoding/xml would find no more of them, and
// weighs 86 kB.
func hasServer(settings, key string) bool {
	var read strings.Builder // what is in no comment
	for more := true; more; {
		var part string
		part, settings, more = strings.Cut(settings, "<!--")
		read.WriteString(part)
		_, settings, _ = strings.Cut(settings, "-->")
	}
	for _, server := range strings.Split(read.String(), "<server>")[1:] {
		server, _, _ = strings.Cut(server, "</server>")
		_, id, _ := strings.Cut(server, "<id>")
		id, _, _ = strings.Cut(id, "</id>")
		if strings.TrimSpace(id) == key {
			return true
		}
	}
	return false
}

// inXML escapes a text for XML. Maven expands ${...} in its settings, and none of these texts can hold that.
func inXML(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&apos;", `"`, "&quot;").Replace(text)
}
