package ci

// Drone has neither ID tokens nor a way to hand a variable to the next step.
func Drone() System {
	const hint = "Drone gives no ID token: use access-token with a secret, or name a token from elsewhere with id-token-env or id-token-file"
	return System{
		ID:           "drone",
		Name:         "Drone CI",
		Detect:       func(env Env) bool { return env("DRONE") == "true" },
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   func(Env) bool { return false },
		IDTokenHint:  hint,
		NoExport:     "Drone's steps share only the workspace; use frogmint exec",
		Job:          droneJob("drone"),
	}
}

func droneJob(id string) func(Env) Job {
	return func(env Env) Job {
		job := Job{
			System: id, Repository: env("DRONE_REPO"), Run: env("DRONE_BUILD_NUMBER"), Name: env("DRONE_STAGE_NAME"),
			Runner: env("DRONE_STAGE_MACHINE"), Actor: env("DRONE_BUILD_TRIGGER"), URL: env("DRONE_BUILD_LINK"),
			Revision: env("DRONE_COMMIT_SHA"), Branch: env("DRONE_BRANCH"),
		}
		if step := env("DRONE_STEP_NAME"); step != "" {
			job.Name += "/" + step
		}
		return job
	}
}
