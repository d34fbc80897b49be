package ci

// Bitbucket is Bitbucket Pipelines. The step's oidc block chooses the token's audiences.
func Bitbucket() System {
	const token = "BITBUCKET_STEP_OIDC_TOKEN" //nolint:gosec // a name, not a credential
	return System{
		ID:       "bitbucket",
		Name:     "Bitbucket Pipelines",
		Detect:   isSet("BITBUCKET_COMMIT or " + token),
		IDToken:  idTokenFromVariable("give the step `oidc: {audiences: [AUDIENCE]}`, or `oidc: true` for the workspace's own audience", token),
		NoExport: "Bitbucket prints output variables in the log of the next step; use frogmint exec",
		names: Job{Repository: "BITBUCKET_REPO_FULL_NAME", Run: "BITBUCKET_BUILD_NUMBER", Attempt: "BITBUCKET_STEP_RUN_NUMBER",
			Name: "BITBUCKET_STEP_UUID", Revision: "BITBUCKET_COMMIT", Branch: "BITBUCKET_BRANCH or BITBUCKET_TAG"},
	}
}
