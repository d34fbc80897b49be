package ci

// Semaphore gives each job of a paid plan an ID token for the organization's own address.
func Semaphore() System {
	const (
		token = "SEMAPHORE_OIDC_TOKEN" //nolint:gosec // a name, not a credential
		hint  = "Semaphore sets SEMAPHORE_OIDC_TOKEN in the jobs of paid plans; its audience is https://ORGANIZATION.semaphoreci.com"
	)
	return System{
		ID:           "semaphore",
		Name:         "Semaphore",
		Detect:       func(env Env) bool { return env("SEMAPHORE") == "true" || env(token) != "" },
		ProviderType: "GenericOidc",
		Audience:     Fixed,
		HasIDToken:   hasVariable(token),
		IDToken:      idTokenFromVariable(hint, token),
		IDTokenHint:  hint,
		NoExport:     "the commands of a job share one shell, whose variables no other program can set; use frogmint exec",
		Job:          semaphoreJob,
	}
}

func semaphoreJob(env Env) Job {
	job := Job{
		System: "semaphore", Repository: env("SEMAPHORE_GIT_REPO_SLUG"), Run: env("SEMAPHORE_WORKFLOW_ID"), Name: env("SEMAPHORE_JOB_ID"),
		Actor: env("SEMAPHORE_WORKFLOW_TRIGGERED_BY"), Revision: env("SEMAPHORE_GIT_SHA"), Branch: env("SEMAPHORE_GIT_BRANCH"),
	}
	if organization := env("SEMAPHORE_ORGANIZATION_URL"); organization != "" && job.Name != "" {
		job.URL = organization + "/jobs/" + job.Name
	}
	return job
}
