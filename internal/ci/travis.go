package ci

// Travis is Travis CI. It gave up its tokens for jobs in 2018 (documented).
func Travis() System {
	return System{
		ID:       "travis",
		Name:     "Travis CI",
		Detect:   isValue("TRAVIS", "true"),
		IDToken:  noIDToken("Travis CI gives none", "use access-token with an encrypted variable, or name a token from elsewhere with id-token-env or id-token-file"),
		NoExport: "the commands of a job share one shell, whose variables no other program can set; use frogmint exec",
		names: Job{Repository: "TRAVIS_REPO_SLUG", Run: "TRAVIS_BUILD_ID", Name: "TRAVIS_JOB_ID", Revision: "TRAVIS_COMMIT",
			Branch: "TRAVIS_TAG or TRAVIS_BRANCH"},
	}
}
