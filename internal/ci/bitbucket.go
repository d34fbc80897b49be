package ci

// Bitbucket is Bitbucket Pipelines. The step's oidc block chooses the token's audiences.
func Bitbucket() System {
	const (
		token = "BITBUCKET_STEP_OIDC_TOKEN" //nolint:gosec // a name, not a credential
		hint  = "give the step `oidc: {audiences: [AUDIENCE]}`, or `oidc: true` for the workspace's own audience"
	)
	return System{
		ID:           "bitbucket",
		Name:         "Bitbucket Pipelines",
		Detect:       hasVariable("BITBUCKET_COMMIT", token),
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   hasVariable(token),
		IDToken:      idTokenFromVariable(hint, token),
		IDTokenHint:  hint,
		NoExport:     "Bitbucket prints output variables in the log of the next step; use frogmint exec",
		Job:          bitbucketJob,
	}
}

func bitbucketJob(env Env) Job {
	job := Job{
		System: "bitbucket", Repository: env("BITBUCKET_REPO_FULL_NAME"), Run: env("BITBUCKET_BUILD_NUMBER"), Name: env("BITBUCKET_STEP_UUID"),
		Attempt: env("BITBUCKET_STEP_RUN_NUMBER"), Actor: env("BITBUCKET_STEP_TRIGGERER_UUID"), Revision: env("BITBUCKET_COMMIT"),
	}
	job.Branch = firstSet(env, "BITBUCKET_BRANCH", "BITBUCKET_TAG")
	if job.Repository != "" && job.Run != "" {
		job.URL = "https://bitbucket.org/" + job.Repository + "/pipelines/results/" + job.Run
	}
	return job
}
