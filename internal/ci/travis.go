package ci

// Travis is Travis CI. It gave up its tokens for jobs in 2018 (documented).
func Travis() System {
	const hint = "Travis gives no ID token: use access-token with an encrypted variable"
	return System{
		ID:           "travis",
		Name:         "Travis CI",
		Detect:       func(env Env) bool { return env("TRAVIS") == "true" },
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   func(Env) bool { return false },
		IDTokenHint:  hint,
		NoExport:     "the commands of a job share one shell, whose variables no other program can set; use frogmint exec",
		Job:          travisJob,
	}
}

func travisJob(env Env) Job {
	job := Job{
		System: "travis", Repository: env("TRAVIS_REPO_SLUG"), Run: env("TRAVIS_BUILD_ID"), Name: env("TRAVIS_JOB_ID"),
		URL: env("TRAVIS_JOB_WEB_URL"), Revision: env("TRAVIS_COMMIT"),
	}
	job.Branch = firstSet(env, "TRAVIS_TAG", "TRAVIS_BRANCH")
	return job
}
