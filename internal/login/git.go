package login

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// git gets a credential helper for Artifactory's host, behind whatever else the user's variables configure: frogmint's, or git's
// own store with a private file. The user's helpers aren't asked for this host, and none for the name that he may have set.
func git(p *plan, repository string) {
	count, err := strconv.Atoi(p.env("GIT_CONFIG_COUNT"))
	if p.env("GIT_CONFIG_COUNT") != "" && (err != nil || count < 0 || count > 1000) {
		p.fail("correct it, or leave git out of login", "the variable GIT_CONFIG_COUNT is set already, and is no number of git's")
		return
	}
	host := "credential." + p.base.Scheme + "://" + p.base.Host
	helper := gitStore // git has a shell run it
	if p.helped() {
		helper = func(c credentials) string { return "!" + c.helper("git") }
	} else {
		p.write("git-credentials", func(c credentials) string {
			return lines((&url.URL{Scheme: p.base.Scheme, User: url.UserPassword(c.user, c.token), Host: p.base.Host}).String())
		})
	}
	setting := func(key string, value variable) {
		number := strconv.Itoa(count)
		p.set("GIT_CONFIG_KEY_"+number, key)
		value.name = "GIT_CONFIG_VALUE_" + number
		p.setTo(value)
		count++
	}
	setting(host+".helper", variable{}) // none of those before
	setting(host+".helper", variable{value: helper})
	setting(host+".username", variable{value: credentials.userName})
	setting(host+".useHttpPath", variable{text: "false"})
	if repository != "" {
		setting("lfs.url", variable{text: p.artifactory("/api/lfs/" + repository)})
	}
	p.replace(variable{name: "GIT_CONFIG_COUNT", text: strconv.Itoa(count)})
}

func gitStore(c credentials) string {
	return "store --file='" + strings.ReplaceAll(filepath.ToSlash(c.path("git-credentials")), "'", `'\''`) + "'"
}

// gitHelper speaks the protocol of gitcredentials(7), in which a helper that has nothing to say says nothing.
func gitHelper(q *Question) (string, error) {
	if q.Word != "get" { // git also tells which credentials were taken or refused
		return "", nil
	}
	asked := map[string]string{}
	for _, line := range strings.Split(q.Input, "\n") {
		name, value, _ := strings.Cut(line, "=")
		asked[name] = value
	}
	user := asked["username"]
	if q.Err != nil || user != "" && user != q.Grant.User || !q.Grant.covers(asked["protocol"]+"://"+asked["host"]) {
		return "", q.Err
	}
	return lines("username="+q.Grant.User, "password="+q.Grant.Token.Reveal()), nil
}
