package ci

// Harness sets Drone's variables beside its own. Its ID tokens come to its own plugins and its own command.
func Harness() System {
	return System{
		ID:     "harness",
		Name:   "Harness CI",
		Detect: isSet("HARNESS_BUILD_ID"),
		IDToken: noIDToken("Harness gives none that frogmint finds by itself",
			"in a plugin step name PLUGIN_OIDC_TOKEN_ID with id-token-env; in a run step use access-token with a secret"),
		NoExport: "Harness shows a step's output variables to whoever sees the run; use frogmint exec",
		names: Job{Repository: "DRONE_REPO", Run: "HARNESS_PIPELINE_ID/HARNESS_BUILD_ID or HARNESS_BUILD_ID",
			Name: "DRONE_STAGE_NAME/DRONE_STEP_NAME or DRONE_STAGE_NAME", Runner: "DRONE_STAGE_MACHINE", Revision: "DRONE_COMMIT_SHA",
			Branch: "DRONE_BRANCH"},
	}
}
