package inputs

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// credentials says which ones are used.
type credentials struct {
	kind string // the input that names them; empty for none
	at   int    // the place that has them; -1 for none and for jf's default server
}

// chooseCredentials picks those of the first place that has any, and hides all others. A place with two kinds is refused,
// since a silent choice between them is how jobs come to run with the wrong rights (jfrog-azure-devops-extension #608).
func (l *loader) chooseCredentials() {
	names := []string{"oidc-provider-name", "access-token", "password", "user", "server-id"}
	chosen := credentials{at: -1}
	hides := func(name string, at int) bool {
		used := at == chosen.at && (name == chosen.kind || name == "user" && chosen.kind == "password")
		return slices.Contains(names, name) && !used
	}
	var ignored []string
	for at := range l.from.places {
		for _, name := range names {
			switch {
			case l.from.get(name, at) == "":
			case chosen.kind == "" && name != "user": // the password stands for both
				chosen = credentials{name, at}
			case at == chosen.at && name != "user":
				l.fail(chosen.kind, l.from.nameAt(name, at)+" is set too, and both name the creator's credentials",
					"keep one of them: an OIDC provider, an access token, a user with password, or a server-id")
			case hides(name, at):
				ignored = append(ignored, l.from.nameAt(name, at))
			}
		}
	}
	l.credentials, l.from.hides = chosen, hides
	if len(ignored) > 0 {
		l.notes = append(l.notes, "not used, since these credentials come first: "+strings.Join(ignored, ", "))
	}
}

// takeCredentials fills in what was chosen, and says so in the first note.
func (l *loader) takeCredentials(ctx context.Context, config *action.Config) {
	if l.credentials.kind == "" && !l.chooseDefaultServer() {
		return
	}
	s, name := &l.settings, l.from.nameOf(l.credentials.kind)
	c := action.Credentials{Provider: s.OIDCProviderName, Token: s.AccessToken.is, User: s.User, Password: s.Password}
	switch l.credentials.kind {
	case "oidc-provider-name":
		c.Origin = fmt.Sprintf("OIDC provider %q (%s)", c.Provider, name)
	case "access-token":
		c.Origin = fmt.Sprintf("access token (%s)", name)
	case "password":
		if c.Origin = fmt.Sprintf("user %q with password (%s)", c.User, name); s.User == "" {
			l.fail("password", "there is no user beside it", "set user and password together, in the same place")
		}
	case "server-id":
		c = l.takeServer(ctx, config)
	}
	config.Credentials = c
	l.notes = slices.Insert(l.notes, 0, "credentials: "+c.Origin)
	if at := l.credentials.at; l.credentials.kind != "server-id" {
		l.checkDestination(*config, l.from.get("url", at), l.from.nameAt("url", at))
	}
}

// chooseDefaultServer is for a user who named no credentials: jf's default server, if jf is configured, is what jf would take.
func (l *loader) chooseDefaultServer() bool {
	all := l.from
	all.hides = nil
	if user := all.Text("user"); user != "" {
		l.failAs(all.nameOf("user"), "user", invalid("set password in the same place", "user %q has no password", shown(user)))
		return false
	}
	if _, err := os.Stat(l.jfConfig()); err != nil {
		fix := "set oidc-provider-name to exchange the job's ID token, or access-token, or user and password, or server-id"
		l.failAs("credentials", "oidc-provider-name", invalid(fix, "there are none"))
		return false
	}
	l.credentials.kind = "server-id"
	return true
}

// checkDestination refuses to send credentials to another platform than their own, which is named where they are: a
// variable that was set for one platform, and a url for another, gave the one's token to the other (jfrog-cli #2605).
func (l *loader) checkDestination(config action.Config, own, where string) {
	if own == "" || config.URL == "" {
		return
	}
	home, used, artifactory := normalize(own), normalize(config.URL), normalize(config.ArtifactoryURL)
	if *home != *used {
		l.fail(l.credentials.kind, fmt.Sprintf("it belongs to %s (%s) and would be sent to %s (%s)", where, home, l.from.nameOf("url"), used),
			"set url and credentials in the same place, or remove one of the two urls")
	}
	// A place that wins over that of the credentials may say where their platform has Artifactory; one that loses may not.
	_, at := l.from.find("artifactory-url")
	if at > l.credentials.at && config.ArtifactoryURL != "" && (artifactory.Scheme != home.Scheme || artifactory.Host != home.Host) {
		l.fail("artifactory-url", fmt.Sprintf("it is another host than %s, to which the credentials belong", home),
			"set it in the same place as the credentials, or remove it")
	}
}

// normalize reads a URL so that the same platform is the same value.
func normalize(text string) *url.URL {
	base, err := jfrog.ParseURL(text, true)
	if err != nil {
		return &url.URL{Opaque: "not a URL"} // it may hold a password
	}
	return base
}
