package login

import "strings"

// curl reads one .curlrc, from the first of these folders that has one. It is told of the netrc file there, and looks into
// it for every host; no flag is needed.
func curl(p *plan, _ string) {
	p.netrc()
	own := p.own(first(path(p.env("CURL_HOME"), ".curlrc"), path(p.env("XDG_CONFIG_HOME"), "curlrc"), p.home(".curlrc"), p.home(".config", "curlrc"), p.home("_curlrc")))
	if own != "" {
		own = strings.TrimRight(own, "\r\n") + "\n"
	}
	p.point("CURL_HOME", "curl", "")
	p.write("curl/.curlrc", func(c credentials) string {
		file := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(c.path("netrc"))
		return own + lines(`netrc-optional`, `netrc-file = "`+file+`"`)
	})
}
