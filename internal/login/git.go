package login

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// git gets a credential helper for Artifactory's host, behind whatever else the user's variables configure: git's own store,
// with a private file. The user's helpers aren't asked for this host.
func git(p *plan, repository string) {
	count, err := strconv.Atoi(p.env("GIT_CONFIG_COUNT"))
	if p.env("GIT_CONFIG_COUNT") != "" && (err != nil || count < 0 || count > 1000) {
		p.fail("correct it, or leave git out of login", "the variable GIT_CONFIG_COUNT is set already, and is no number of git's")
		return
	}
	host := "credential." + p.base.Scheme + "://" + p.base.Host
	settings := [][2]string{{host + ".helper", ""}, {host + ".helper", "store"}, {host + ".useHttpPath", "false"}}
	if repository != "" {
		settings = append(settings, [2]string{"lfs.url", p.artifactory("/api/lfs/" + repository)})
	}
	for i, setting := range settings {
		number := strconv.Itoa(count + i)
		p.set("GIT_CONFIG_KEY_"+number, setting[0])
		if setting[1] != "store" {
			p.set("GIT_CONFIG_VALUE_"+number, setting[1])
			continue
		}
		p.setTo(variable{name: "GIT_CONFIG_VALUE_" + number, value: func(c credentials) string { // git has a shell run it
			return "store --file='" + strings.ReplaceAll(filepath.ToSlash(c.path("git-credentials")), "'", `'\''`) + "'"
		}})
	}
	total := strconv.Itoa(count + len(settings))
	p.replace(variable{name: "GIT_CONFIG_COUNT", text: total})
	p.write("git-credentials", func(c credentials) string {
		return lines((&url.URL{Scheme: p.base.Scheme, User: url.UserPassword(c.user, c.token), Host: p.base.Host}).String())
	})
}
