package ci

import "strings"

// GivesIDToken reports whether a variable is an ID token of the job, or what a CI gives one for.
func GivesIDToken(name string) bool {
	switch name {
	case "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", // GitHub, Forgejo
		"SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI", // Azure Pipelines
		"BITBUCKET_STEP_OIDC_TOKEN", "SEMAPHORE_OIDC_TOKEN",
		"BUILDKITE_AGENT_ACCESS_TOKEN",
		"HARNESS_WI_HANDLE", "HARNESS_WI_MINT_URL", "PLUGIN_OIDC_TOKEN_ID",
		"CI_JOB_JWT", "CI_JOB_JWT_V1", "CI_JOB_JWT_V2", // GitLab before 17.0
		"JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID":
		return true
	}
	return strings.HasSuffix(name, "_ID_TOKEN") || strings.HasPrefix(name, "CIRCLE_OIDC_TOKEN")
}
