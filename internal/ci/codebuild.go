package ci

// CodeBuild is AWS CodeBuild. AWS gives an ID token of the build's role (STS GetWebIdentityToken, where the account
// switched it on), which the AWS command line can put into a variable.
func CodeBuild() System {
	const hint = "get one with aws sts get-web-identity-token --audience AUDIENCE, and name its variable with id-token-env"
	return System{
		ID:           "codebuild",
		Name:         "AWS CodeBuild",
		Detect:       hasVariable("CODEBUILD_BUILD_ARN", "CODEBUILD_CI"),
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   func(Env) bool { return false },
		IDTokenHint:  hint,
		NoExport:     "exported variables are shown in CodePipeline; use frogmint exec",
		Job:          codeBuildJob,
	}
}

func codeBuildJob(env Env) Job {
	return Job{
		System: "codebuild", Repository: withoutUser(env("CODEBUILD_SOURCE_REPO_URL")), Run: firstSet(env, "CODEBUILD_BUILD_ID", "CODEBUILD_BUILD_NUMBER"), Name: env("CODEBUILD_BUILD_ID"),
		Actor: env("CODEBUILD_INITIATOR"), Revision: env("CODEBUILD_RESOLVED_SOURCE_VERSION"), Branch: env("CODEBUILD_WEBHOOK_HEAD_REF"),
	}
}
