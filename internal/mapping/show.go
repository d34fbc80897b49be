package mapping

import (
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

const (
	maxShown  = 200 // bytes of a value in an explanation
	notListed = "(not shown)"
)

// Shown reports whether a claim's value may stand in a log. The list has what names the job, its repository and its
// place: who it is to the world. All other claims, mail addresses and ids of a user among them, are named only.
func Shown(claim string) bool { return slices.Contains(strings.Fields(shownClaims), claim) }

// shownClaims are of every CI: registered claims; GitHub, Forgejo; GitLab; Buildkite; Azure; CircleCI; Bitbucket.
const shownClaims = `
	aud exp iat iss nbf sub
	actor base_ref check_run_id enterprise enterprise_id environment event_name head_ref job_workflow_ref job_workflow_sha
	ref ref_protected ref_type repository repository_id repository_owner repository_owner_id repository_visibility
	run_attempt run_id run_number runner_environment sha workflow workflow_ref workflow_sha
	namespace_id namespace_path project_id project_path project_visibility pipeline_id pipeline_source job_id ref_path
	environment_protected environment_action deployment_tier ci_config_ref_uri ci_config_sha runner_id
	job_project_id job_project_path job_namespace_id job_namespace_path
	organization_id organization_slug pipeline_slug build_branch build_tag build_commit build_number build_source step_key cluster_id
	org_id prj_id def_id rpo_id rpo_uri rpo_ref rpo_ver
	oidc.circleci.com/org-id oidc.circleci.com/project-id oidc.circleci.com/vcs-origin oidc.circleci.com/vcs-ref
	oidc.circleci.com/context-ids oidc.circleci.com/pipeline-definition-id
	workspaceUuid repositoryUuid pipelineUuid deploymentEnvironmentUuid branchName
`

// valueOf writes a claim's value on one line, if it may be shown.
func valueOf(claim string, value any) string {
	if !Shown(claim) {
		return notListed
	}
	return shown(strings.Join(texts(value), " or "))
}

// shown makes a text fit for one line of a log.
func shown(text string) string { return redact.Text(text, maxShown) }
