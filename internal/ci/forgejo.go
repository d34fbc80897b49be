package ci

// Forgejo is Forgejo Actions. Its runner speaks GitHub's commands and files, and its server GitHub's contract for ID
// tokens (Forgejo's documentation).
func Forgejo() System {
	const hint = "put `enable-openid-connect: true` into the workflow, and use a Forgejo that gives ID tokens"
	system := GitHub()
	system.ID, system.Name = "forgejo", "Forgejo Actions"
	system.Detect = func(env Env) bool { return env("FORGEJO_ACTIONS") == "true" }
	// JFrog's GitHub kind of provider trusts GitHub's issuer; this one is https://HOST/api/actions.
	system.ProviderType = "GenericOidc"
	system.IDToken, system.IDTokenHint = actionsIDToken("Forgejo", hint), hint
	system.NoPost = func(Env) string { return noPost("Forgejo's runner doesn't") }
	system.Job = forgeJob("forgejo")
	return system
}

func noPost(who string) string {
	return who + " run a container action's post entry point; end the job with a step that uses frogmint's revoke action under `if: always()`"
}

// forgeJob reads GitHub's names. The page of a run goes by its number, not by its id, which on GitHub are two things.
func forgeJob(id string) func(Env) Job {
	return func(env Env) Job {
		job := gitHubJob(env)
		job.System, job.URL = id, ""
		if server, number := env("GITHUB_SERVER_URL"), env("GITHUB_RUN_NUMBER"); server != "" && job.Repository != "" && number != "" {
			job.URL = server + "/" + job.Repository + "/actions/runs/" + number
		}
		return job
	}
}
