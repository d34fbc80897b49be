package ci

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// TeamCity has no issuer of its own: a plugin's token comes by id-token-env.
func TeamCity() System {
	const hint = "TeamCity gives no ID token: name one of a plugin's with id-token-env, or use access-token with a password parameter"
	return System{
		ID:           "teamcity",
		Name:         "TeamCity",
		Detect:       func(env Env) bool { return env("TEAMCITY_VERSION") != "" },
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   func(Env) bool { return false },
		IDTokenHint:  hint,
		NoExport:     "the server stores what a build sets with ##teamcity[setParameter]; use frogmint exec",
		Print:        printTeamCity,
		Job:          teamCityJob,
	}
}

func printTeamCity(host Host, level Level, message string) {
	line := message
	switch level {
	case Info:
	case Warning:
		line = "##teamcity[message text='" + teamCityEscape(message) + "' status='WARNING']"
	case Failure:
		line = "##teamcity[message text='" + teamCityEscape(message) + "' status='ERROR']"
	}
	_, _ = io.WriteString(host.Out, line+"\n")
}

// teamCityEscape writes a value of a service message (documented). Beyond ASCII it writes UTF-16 units, so that the
// encoding of the agent's log doesn't matter.
func teamCityEscape(value string) string {
	var escaped strings.Builder
	for _, r := range value {
		switch {
		case r == '\n':
			escaped.WriteString("|n")
		case r == '\r':
			escaped.WriteString("|r")
		case strings.ContainsRune("'|[]", r):
			escaped.WriteString("|" + string(r))
		case r < 0x80:
			escaped.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&escaped, "|0x%04X", unit)
			}
		}
	}
	return escaped.String()
}

func teamCityJob(env Env) Job {
	job := Job{
		System: "teamcity", Repository: env("TEAMCITY_PROJECT_NAME"), Run: numbered(env, "TEAMCITY_BUILDCONF_NAME", "BUILD_NUMBER"), Name: env("TEAMCITY_BUILDCONF_NAME"),
		URL: env("BUILD_URL"), Revision: env("BUILD_VCS_NUMBER"),
	}
	return job
}
