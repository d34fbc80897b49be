package login

import (
	"cmp"
	"runtime"
	"strings"
)

// netrc plans the file that pip, uv, go, bazel and curl read, with the user's own entries. Some take the first entry of a
// host, and some the last; some want its port, where it has one, and some leave it out.
func (p *plan) netrc() {
	if p.hasFile("netrc") {
		return
	}
	name := ".netrc"
	if runtime.GOOS == "windows" {
		name = "_netrc"
	}
	ownPath := first(p.home(name), p.home(".netrc"))
	own := p.own(cmp.Or(p.env("NETRC"), ownPath))
	p.point("NETRC", "netrc", ownPath)
	p.write("netrc", func(c credentials) string {
		entries := netrcEntry(p.base.Hostname(), c)
		if p.base.Port() != "" {
			entries += netrcEntry(p.base.Host, c)
		}
		if strings.TrimSpace(own) == "" {
			return entries
		}
		return entries + strings.TrimRight(own, "\r\n") + "\n\n" + entries // an empty line ends a macro
	})
}

func netrcEntry(machine string, c credentials) string {
	return "machine " + machine + " login " + c.user + " password " + c.token + "\n"
}
