package mapping

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

func noOwner(_ *linter, m Mapping) string {
	if len(m.Claims) == 0 {
		return "it has no claims: every job of every owner that the issuer serves gets its token"
	}
	if named, _ := m.owner(); named {
		return ""
	}
	return "no claim says whose repository it is: every owner that the issuer serves gets its token"
}

func wildcardOwner(_ *linter, m Mapping) string {
	if named, firm := m.owner(); !named || firm {
		return ""
	}
	return "a * stands in the owner's name: other owners' names fit, too"
}

func unboundAdmin(_ *linter, m Mapping) string {
	if !m.TokenSpec.isAdmin() || m.placed() {
		return ""
	}
	return "whoever may push a branch becomes an administrator: no claim binds it to an environment, a branch or a workflow"
}

func unboundWrite(l *linter, m Mapping) string {
	if m.TokenSpec.isAdmin() || m.TokenSpec.onlyReads(l.Readers) || m.placed() {
		return ""
	}
	return "any branch gets a scope that may write: no claim binds it to an environment, a branch or a workflow"
}

func nameOnly(l *linter, m Mapping) string {
	if _, firm := m.owner(); !firm || m.ownerByID() || !l.takeover(m) {
		return ""
	}
	return "only names say whose repository it is: whoever registers a name that was given up gets its token"
}

// takeover reports whether strangers can register a name of the issuer's. An unknown one is taken for github.com where the
// claims are GitHub's.
func (l *linter) takeover(m Mapping) bool {
	issuer := l.provider(m).IssuerURL
	if issuer == "" {
		issuer = textOf(m.Claims["iss"])
	}
	if issuer != "" {
		return slices.Contains([]string{"token.actions.githubusercontent.com", "gitlab.com"}, hostOf(issuer))
	}
	github := slices.ContainsFunc(texts(m.Claims["sub"]), func(text string) bool { return strings.HasPrefix(text, "repo:") })
	return github || m.Claims["repository"] != nil || m.Claims["repository_owner"] != nil
}

func hostOf(issuer string) string {
	parsed, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.Hostname())
}

func adminLifetime(_ *linter, m Mapping) string {
	switch spec := m.TokenSpec; {
	case !spec.isAdmin() || spec.ExpiresIn > 0 && spec.ExpiresIn <= adminLife:
		return ""
	case spec.ExpiresIn == 0:
		return "an administrator's token lives as long as JFrog's default says: there is no expires_in"
	default:
		return fmt.Sprintf("an administrator's token lives %d s; minting another with it takes less than %d", spec.ExpiresIn, adminLife)
	}
}

func longLifetime(l *linter, m Mapping) string {
	longest := int64(l.Longest.Seconds())
	if m.TokenSpec.isAdmin() || m.TokenSpec.ExpiresIn <= longest {
		return ""
	}
	return fmt.Sprintf("tokens live %d s, the longest job %d s", m.TokenSpec.ExpiresIn, longest)
}

func notInProject(l *linter, m Mapping) string {
	roles, owner := m.TokenSpec.rolesProject(), l.provider(m).Project
	twin := slices.IndexFunc(l.set.Mappings, func(other Mapping) bool {
		return other.Name == m.Name && other.Provider == m.Provider && other.Project != ""
	})
	switch {
	case roles != "" && roles != m.Project:
		return fmt.Sprintf("its scope has roles of project %q, and it isn't that project's", shown(roles))
	case m.Project != "":
		return ""
	case owner != "":
		return fmt.Sprintf("its provider belongs to project %q, and it is global", shown(owner))
	case twin >= 0:
		return fmt.Sprintf("it is global, and also stands here as project %q's", shown(l.set.Mappings[twin].Project))
	}
	return ""
}

func noUsername(_ *linter, m Mapping) string {
	switch spec := m.TokenSpec; {
	case spec.Username != "" || spec.UsernamePattern != "" || spec.isAdmin():
		return ""
	case spec.isGroups():
		return "the tokens' subject is PROVIDER/MAPPING: docker logs in with a wrong user name, and nothing can be minted with them"
	default:
		return "its scope needs a user, and it names none"
	}
}

func noOrganization(l *linter, p Provider) string {
	since := organization
	if strings.Contains(p.Type, "Enterprise") {
		since = orgEnterprise
	}
	switch {
	case !strings.HasPrefix(p.Type, "GitHub") || p.Organization != "":
		return ""
	case p.Permissive:
		return "enable_permissive_configuration is set: every organization gets as far as the mappings"
	case jfrog.Older(l.Release, since):
		return ""
	}
	return "it has no organization, which JFrog wants from Artifactory " + since
}

func issuerSlash(_ *linter, p Provider) string {
	withoutSlash := []string{"gitlab.com", "oidc.circleci.com", "agent.buildkite.com", "vstoken.dev.azure.com", "api.bitbucket.org"}
	known := strings.HasPrefix(p.Type, "GitHub") || strings.HasPrefix(hostOf(p.IssuerURL), "token.actions.") || slices.Contains(withoutSlash, hostOf(p.IssuerURL))
	if !known || !strings.HasSuffix(p.IssuerURL, "/") {
		return ""
	}
	return "issuer_url ends with a slash, the iss claim doesn't: JFrog finds no keys (Failed to get public key)"
}

// sharedAudience knows the audiences that other services tell their users to ask for, and JFrog's own examples.
func sharedAudience(_ *linter, p Provider) string {
	shared := []string{"sts.amazonaws.com", "api://AzureADTokenExchange", "vault", "sigstore", "pypi", "jfrog", "jfrog-github", "jfrog-gitlab", "jfrog-generic", "azure-audience"}
	owner, isDefault := strings.CutPrefix(p.Audience, "https://github.com/")
	switch {
	case p.Audience == "":
		return "it has no audience: an ID token that was made for any other service is taken, too"
	case isDefault && !strings.Contains(owner, "/"), slices.Contains(shared, p.Audience), strings.HasPrefix(p.Audience, "//iam.googleapis.com/"), strings.HasPrefix(p.Audience, "https://iam.googleapis.com/"):
		return fmt.Sprintf("audience %q is used by others, too: who gets such an ID token can exchange it here", shown(p.Audience))
	}
	return ""
}
