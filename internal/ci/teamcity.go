package ci

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// TeamCity has no issuer of its own: a plugin's token comes by id-token-env.
func TeamCity() System {
	return System{
		ID:       "teamcity",
		Name:     "TeamCity",
		Detect:   isSet("TEAMCITY_VERSION"),
		IDToken:  noIDToken("TeamCity gives none", "name one of a plugin's with id-token-env, or use access-token with a password parameter"),
		NoExport: "the server stores what a build sets with ##teamcity[setParameter]; use frogmint exec",
		Print:    printTeamCity,
		names: Job{Repository: "TEAMCITY_PROJECT_NAME", Run: "TEAMCITY_BUILDCONF_NAME/BUILD_NUMBER or BUILD_NUMBER",
			Name: "TEAMCITY_BUILDCONF_NAME", Revision: "BUILD_VCS_NUMBER"},
	}
}

func printTeamCity(host Host, level Level, message string) {
	if status := map[Level]string{Warning: "WARNING", Failure: "ERROR"}[level]; status != "" {
		message = "##teamcity[message text='" + teamCityEscape(message) + "' status='" + status + "']"
	}
	_, _ = io.WriteString(host.Out, message+"\n")
}

// teamCityEscape writes a value of a service message (documented). Beyond ASCII it writes UTF-16 units, so that the
// encoding of the agent's log doesn't matter.
func teamCityEscape(value string) string {
	value = strings.NewReplacer("|", "||", "'", "|'", "[", "|[", "]", "|]", "\n", "|n", "\r", "|r").Replace(value)
	var escaped strings.Builder
	for _, r := range value {
		if r < 0x80 {
			escaped.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&escaped, "|0x%04X", unit)
		}
	}
	return escaped.String()
}
