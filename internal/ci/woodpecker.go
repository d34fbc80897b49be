package ci

// Woodpecker has neither ID tokens nor a way to hand a variable to the next step.
func Woodpecker() System {
	return System{
		ID:       "woodpecker",
		Name:     "Woodpecker CI",
		Detect:   isValue("CI", "woodpecker"),
		IDToken:  noIDToken("Woodpecker gives none", "use access-token with a secret, or name a token from elsewhere with id-token-env or id-token-file"),
		NoExport: "Woodpecker's steps share only the workspace; use frogmint exec",
		names: Job{Repository: "CI_REPO", Run: "CI_PIPELINE_NUMBER", Attempt: "CI_PIPELINE_RERUNS",
			Name: "CI_WORKFLOW_NAME/CI_STEP_NUMBER or CI_WORKFLOW_NAME", Revision: "CI_COMMIT_SHA", Branch: "CI_COMMIT_BRANCH"},
	}
}
