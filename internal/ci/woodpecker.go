package ci

// Woodpecker has neither ID tokens nor a way to hand a variable to the next step.
func Woodpecker() System {
	const hint = "Woodpecker gives no ID token: use access-token with a secret, or name a token from elsewhere with id-token-env or id-token-file"
	return System{
		ID:           "woodpecker",
		Name:         "Woodpecker CI",
		Detect:       func(env Env) bool { return env("CI") == "woodpecker" },
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   func(Env) bool { return false },
		IDTokenHint:  hint,
		NoExport:     "Woodpecker's steps share only the workspace; use frogmint exec",
		Job:          woodpeckerJob,
	}
}

func woodpeckerJob(env Env) Job {
	job := Job{
		System: "woodpecker", Repository: env("CI_REPO"), Run: env("CI_PIPELINE_NUMBER"), Attempt: env("CI_PIPELINE_RERUNS"),
		Name: env("CI_WORKFLOW_NAME"), Actor: env("CI_PIPELINE_AUTHOR"), Revision: env("CI_COMMIT_SHA"),
		Branch: env("CI_COMMIT_BRANCH"),
	}
	if step := env("CI_STEP_NUMBER"); step != "" {
		job.Name += "/" + step
	}
	job.URL = firstSet(env, "CI_STEP_URL", "CI_PIPELINE_URL")
	return job
}
