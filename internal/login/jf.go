package login

import (
	"cmp"
	"encoding/json"
	"strings"
)

// JFHomeVariable names the folder in which jf looks for its configuration.
const JFHomeVariable = "JFROG_CLI_HOME_DIR"

// jf reads no variable with a token: without a configuration of the job's own it fails, or works as whoever the machine's own
// configuration says. A command always gets one.
func jf(p *plan, _ string) {
	home := variable{name: JFHomeVariable, value: func(c credentials) string { return c.path("jf") }}
	if p.host.Command {
		p.replace(home)
	} else {
		p.setTo(home)
	}
	if roots := p.host.RootsPEM; len(roots) > 0 {
		p.write("jf/security/certs/frogmint.pem", func(credentials) string { return string(roots) })
	}
	base := strings.TrimRight(p.host.URL, "/")
	p.write("jf/jfrog-cli.conf.v6", func(c credentials) string {
		server := map[string]any{
			"serverId": cmp.Or(p.env("JFROG_CLI_SERVER_ID"), "frogmint"), "url": base + "/", "accessToken": c.token, "isDefault": true,
			"artifactoryUrl": p.artifactory("/"),
		}
		// jf itself derives these when it makes an entry, and not when it reads one.
		for key, path := range map[string]string{
			"distributionUrl": "distribution", "xrayUrl": "xray", "missionControlUrl": "mc", "pipelinesUrl": "pipelines", "accessUrl": "access",
		} {
			server[key] = base + "/" + path + "/"
		}
		config, _ := json.Marshal(map[string]any{"version": "6", "servers": []any{server}}) // strings
		return string(config)
	})
}
