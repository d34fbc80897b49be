package ci

// Drone has neither ID tokens nor a way to hand a variable to the next step.
func Drone() System {
	return System{
		ID:       "drone",
		Name:     "Drone CI",
		Detect:   isValue("DRONE", "true"),
		IDToken:  noIDToken("Drone gives none", "use access-token with a secret, or name a token from elsewhere with id-token-env or id-token-file"),
		NoExport: "Drone's steps share only the workspace; use frogmint exec",
		names: Job{Repository: "DRONE_REPO", Run: "DRONE_BUILD_NUMBER",
			Name: "DRONE_STAGE_NAME/DRONE_STEP_NAME or DRONE_STAGE_NAME", Runner: "DRONE_STAGE_MACHINE", Revision: "DRONE_COMMIT_SHA",
			Branch: "DRONE_BRANCH"},
	}
}
