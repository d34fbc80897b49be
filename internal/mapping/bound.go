package mapping

import (
	"slices"
	"strings"
)

// The claims that say whose job it is. Of the paths what stands before the first slash is the owner; the others are the
// owner, or something that only the owner has.
func ownerPaths() []string { return []string{"repository", "project_path"} }

func ownerNames() []string {
	return []string{
		"repository_owner", "enterprise", "namespace_path", "organization_slug", "workspaceUuid", "repositoryUuid",
		"organization_id", "org_id", "prj_id", "def_id", "rpo_id", "oidc.circleci.com/org-id", "oidc.circleci.com/project-id",
		"email", "azp", "appid", "oid", "client_id",
	}
}

func ownerIDs() []string {
	return []string{"repository_id", "repository_owner_id", "enterprise_id", "project_id", "namespace_id"}
}

// owner says whether a mapping names the owner at all, and whether one claim does so without a wildcard.
func (m Mapping) owner() (named, firm bool) {
	for name, value := range m.Claims {
		isOwner, isFirm := true, firmText
		switch {
		case name == "sub":
			isFirm = firmSubject
		case slices.Contains(ownerPaths(), name):
			isFirm = func(text string) bool { return firmUpTo(text, "/") }
		default:
			isOwner = slices.Contains(ownerNames(), name) || slices.Contains(ownerIDs(), name)
		}
		named = named || isOwner
		firm = firm || isOwner && every(value, isFirm)
	}
	return named, firm
}

// ownerByID reports whether an id, which nobody can take over, says whose job it is.
func (m Mapping) ownerByID() bool {
	for _, name := range ownerIDs() {
		if m.Claims[name] != nil && every(m.Claims[name], firmText) {
			return true
		}
	}
	return m.Claims["sub"] != nil && every(m.Claims["sub"], func(text string) bool {
		s, ok := parseSubject(text)
		return ok && s.ownerID != "" && firmSubject(text)
	})
}

func every(value any, firm func(string) bool) bool {
	return !slices.ContainsFunc(texts(value), func(text string) bool { return !firm(text) })
}

func firmText(text string) bool { return !strings.Contains(text, "*") }

// firmUpTo reports whether no wildcard stands before the separator, or in all of a text that hasn't one.
func firmUpTo(text, separator string) bool {
	before, _, _ := strings.Cut(text, separator)
	return firmText(before)
}

// firmSubject reports whether a subject has no wildcard in its owner. Of a form that isn't known it may have none at all.
func firmSubject(text string) bool {
	for _, form := range [][2]string{
		{"repo:", "/"}, {"project_path:", "/"}, {"organization:", ":"}, {"org/", "/"}, {"p://", "/"}, {"sc://", "/"}, {"system:serviceaccount:", ":"},
	} {
		if rest, ok := strings.CutPrefix(text, form[0]); ok {
			return firmUpTo(rest, form[1])
		}
	}
	return firmText(text)
}

// placed reports whether a claim binds the mapping to an environment, a branch, a tag, or a workflow at one of these.
func (m Mapping) placed() bool {
	for name, value := range m.Claims {
		isFirm := firmRef
		switch name {
		case "environment", "ref", "base_ref", "ref_path", "build_branch", "build_tag", "branchName", "rpo_ref", "oidc.circleci.com/vcs-ref":
		case "deploymentEnvironmentUuid", "sha", "workflow_sha", "job_workflow_sha", "ci_config_sha":
			isFirm = firmText
		case "ref_protected", "environment_protected":
			isFirm = func(text string) bool { return text == "true" }
		case "workflow_ref", "job_workflow_ref", "ci_config_ref_uri":
			isFirm = firmWorkflow
		case "sub":
			isFirm = placedSubject
		default:
			continue
		}
		if len(texts(value)) > 0 && every(value, isFirm) {
			return true
		}
	}
	return false
}

// firmRef reports whether a pattern names a branch, tag or environment, or how its name begins.
func firmRef(text string) bool {
	literal, _, _ := strings.Cut(text, "*")
	return !slices.ContainsFunc([]string{"refs/heads/", "refs/tags/", "refs/pull/"}, func(kind string) bool { return strings.HasPrefix(kind, literal) })
}

// firmWorkflow wants a workflow's file and its ref: OWNER/REPO/.github/workflows/FILE@REF.
func firmWorkflow(text string) bool {
	file, ref, found := strings.Cut(text, "@")
	return found && firmUpTo(file, "/") && firmRef(ref)
}

func placedSubject(text string) bool {
	if strings.HasPrefix(text, "system:serviceaccount:") {
		return firmText(text) // a Kubernetes service account has no branch
	}
	for mark, isFirm := range map[string]func(string) bool{
		":ref:": firmRef, ":environment:": firmRef, "/vcs-ref/": firmRef, ":job_workflow_ref:": firmWorkflow,
	} {
		if _, place, found := strings.Cut(text, mark); found && isFirm(place) {
			return true
		}
	}
	return false
}
