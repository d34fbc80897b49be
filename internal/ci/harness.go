package ci

// Harness sets Drone's variables beside its own. Its ID tokens come to its own plugins and its own command.
func Harness() System {
	const hint = "in a plugin step name PLUGIN_OIDC_TOKEN_ID with id-token-env; in a run step use access-token with a secret"
	return System{
		ID:           "harness",
		Name:         "Harness CI",
		Detect:       hasVariable("HARNESS_BUILD_ID"),
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   func(Env) bool { return false },
		IDTokenHint:  hint,
		NoExport:     "Harness shows a step's output variables to whoever sees the run; use frogmint exec",
		Job:          harnessJob,
	}
}

func harnessJob(env Env) Job {
	job := droneJob("harness")(env)
	job.Run = numbered(env, "HARNESS_PIPELINE_ID", "HARNESS_BUILD_ID")
	if link := env("CI_BUILD_LINK"); link != "" {
		job.URL = link
	}
	return job
}
