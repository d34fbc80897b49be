package mapping

import (
	"maps"
	"slices"
	"strings"
)

// likeness is a way in which a claim nearly matches: it does after both sides were changed.
type likeness struct {
	note string
	want func(string) string // nil leaves it as it is
	got  func(string) string
}

func likenesses() []likeness {
	return []likeness{
		{"lists and * count from Artifactory " + listsAndStars, nil, nil},
		{"only upper and lower case differ", strings.ToLower, strings.ToLower},
		{"only spaces or a slash at an end differ", trim, trim},
		{"the job's subject has the ids of owner and repository, as GitHub writes it for repositories made, renamed or moved since 15 July 2026", nil, withoutIDs},
		{"the mapping has the subject with ids, this repository still has the older form", withoutIDs, nil},
		{"the names are the same and the ids differ: another repository of this name", withoutIDs, withoutIDs},
		{"the ids are the same and the names differ: the repository was renamed or moved", onlyIDs, onlyIDs},
		{"the claim has the whole ref, such as refs/heads/main", nil, shortRef},
		{"the claim has the short name of the branch or tag", shortRef, nil},
		{"the claim has the owner before the name", nil, afterOwner},
		{"the claim has the name without the host", withoutHost, nil},
		{"JFrog knows no regular expressions: * stands for any characters", fromRegexp, nil},
	}
}

// near says how a claim that differs nearly matches; empty where it doesn't.
func near(name string, want, got any) string {
	wanted, have := texts(want), texts(got)
	wanted, have = wanted[:min(len(wanted), maxNear)], have[:min(len(have), maxNear)]
	for _, way := range likenesses() {
		for _, pattern := range wanted {
			if slices.ContainsFunc(have, func(text string) bool { return glob(changed(way.want, pattern), changed(way.got, text)) }) {
				return way.note
			}
		}
	}
	if len(wanted) > 0 && len(have) > 0 {
		return whatDiffers(name, wanted[0], have[0])
	}
	return ""
}

// maxNear bounds how many values of a list are looked at.
const maxNear = 20

func changed(change func(string) string, text string) string {
	if change == nil {
		return text
	}
	return change(text)
}

func trim(text string) string { return strings.Trim(text, " \t\r\n/") }

// subject is GitHub's default subject, repo:OWNER/REPO:CONTEXT or repo:OWNER@ID/REPO@ID:CONTEXT. Parts of a pattern may
// hold a *.
type subject struct{ owner, ownerID, repository, repositoryID, context string }

func parseSubject(text string) (subject, bool) {
	rest, isRepository := strings.CutPrefix(text, "repo:")
	path, context, _ := strings.Cut(rest, ":")
	owner, repository, _ := strings.Cut(path, "/")
	s := subject{context: context}
	s.owner, s.ownerID, _ = strings.Cut(owner, "@")
	s.repository, s.repositoryID, _ = strings.Cut(repository, "@")
	return s, isRepository
}

// hasIDs reports whether the subject names owner and repository by ids, which nobody can take over.
func (s subject) hasIDs() bool { return s.ownerID != "" && s.repositoryID != "" }

func withoutIDs(text string) string {
	s, ok := parseSubject(text)
	if !ok || s.ownerID == "" && s.repositoryID == "" {
		return text
	}
	return "repo:" + s.owner + "/" + s.repository + ":" + s.context
}

func onlyIDs(text string) string {
	s, ok := parseSubject(text)
	if !ok || !s.hasIDs() {
		return text
	}
	return "repo:@" + s.ownerID + "/@" + s.repositoryID + ":" + s.context
}

func shortRef(text string) string {
	for _, kind := range []string{"refs/heads/", "refs/tags/"} {
		if short, ok := strings.CutPrefix(text, kind); ok {
			return short
		}
	}
	return text
}

func afterOwner(text string) string {
	_, name, _ := strings.Cut(text, "/")
	return name
}

func withoutHost(text string) string {
	_, rest, isURL := strings.Cut(text, "://")
	_, path, hasPath := strings.Cut(rest, "/")
	if !isURL || !hasPath {
		return text
	}
	return strings.TrimSuffix(path, ".git")
}

func fromRegexp(text string) string {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "^"), "$")
	var b strings.Builder
	for text != "" {
		class := 1
		if strings.HasPrefix(text, "[^") {
			class = strings.IndexByte(text, ']') + 1
		}
		if repeated := class > 0 && len(text) > class && strings.IndexByte("*+", text[class]) >= 0; repeated && (text[0] == '.' || class > 1) {
			b.WriteByte('*')
			text = text[class+1:]
			continue
		}
		if text[0] != '\\' {
			b.WriteByte(text[0])
		}
		text = text[1:]
	}
	return b.String()
}

// whatDiffers says what a difference tells about the job, for the claims by which mappings are bound most.
func whatDiffers(name, want, got string) string {
	switch name {
	case "sub":
		return subjectsDiffer(want, got)
	case "ref":
		return "the job runs for another branch or tag"
	case "environment":
		return "the job runs in another environment"
	}
	return ""
}

func subjectsDiffer(want, got string) string {
	wanted, isWanted := parseSubject(withoutIDs(want))
	have, isHave := parseSubject(withoutIDs(got))
	wantsEnvironment, hasEnvironment := strings.HasPrefix(wanted.context, "environment:"), strings.HasPrefix(have.context, "environment:")
	switch {
	case !isWanted || !isHave:
		return ""
	case !glob(wanted.owner+"/"+wanted.repository, have.owner+"/"+have.repository):
		return "the job belongs to another repository"
	case have.context == "pull_request":
		return "the job runs for a pull request, and its subject names no branch"
	case hasEnvironment && !wantsEnvironment:
		return "the job runs in an environment, which its subject names in place of the branch"
	case wantsEnvironment && !hasEnvironment:
		return "the job runs in no environment"
	case wantsEnvironment:
		return "the job runs in another environment"
	}
	return "the job runs for another branch or tag"
}

// nearName says why a token may lack a claim.
func nearName(name string, claims map[string]any) string {
	if name == "environment" {
		return "the job runs in no environment"
	}
	also := map[string]string{
		"branch": "ref", "tag": "ref", "repo": "repository", "owner": "repository_owner", "org": "repository_owner",
		"organization": "repository_owner", "project": "project_path", "subject": "sub", "issuer": "iss", "audience": "aud",
	}
	for _, claim := range slices.Sorted(maps.Keys(claims)) {
		if strings.EqualFold(claim, name) && claim != name {
			return "it has " + shown(claim) + ": upper and lower case count"
		}
	}
	if claim, known := also[strings.ToLower(name)]; known && claims[claim] != nil {
		return "the claim is called " + claim
	}
	return ""
}
