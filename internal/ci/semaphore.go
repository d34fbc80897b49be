package ci

// Semaphore gives each job of a paid plan an ID token for the organization's own address.
func Semaphore() System {
	const token = "SEMAPHORE_OIDC_TOKEN" //nolint:gosec // a name, not a credential
	return System{
		ID:     "semaphore",
		Name:   "Semaphore",
		Detect: isSet("SEMAPHORE or " + token),
		IDToken: idTokenFromVariable("Semaphore sets it in the jobs of paid plans, with the audience https://ORGANIZATION.semaphoreci.com; "+
			"elsewhere use access-token with a secret", token),
		NoExport: "the commands of a job share one shell, whose variables no other program can set; use frogmint exec",
		names: Job{Repository: "SEMAPHORE_GIT_REPO_SLUG", Run: "SEMAPHORE_WORKFLOW_ID", Name: "SEMAPHORE_JOB_ID",
			Revision: "SEMAPHORE_GIT_SHA", Branch: "SEMAPHORE_GIT_BRANCH"},
	}
}
