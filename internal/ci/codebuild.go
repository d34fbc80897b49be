package ci

// CodeBuild is AWS CodeBuild. AWS gives an ID token of the build's role (STS GetWebIdentityToken, where the account
// switched it on), which the AWS command line can put into a variable.
func CodeBuild() System {
	return System{
		ID:     "codebuild",
		Name:   "AWS CodeBuild",
		Detect: isSet("CODEBUILD_BUILD_ARN or CODEBUILD_CI"),
		IDToken: noIDToken("CodeBuild gives none by itself",
			"get one with aws sts get-web-identity-token --audience AUDIENCE, and name its variable with id-token-env"),
		NoExport: "exported variables are shown in CodePipeline; use frogmint exec",
		names: Job{Repository: "CODEBUILD_SOURCE_REPO_URL", Run: "CODEBUILD_BUILD_ID or CODEBUILD_BUILD_NUMBER",
			Name: "CODEBUILD_BUILD_ID", Revision: "CODEBUILD_RESOLVED_SOURCE_VERSION", Branch: "CODEBUILD_WEBHOOK_HEAD_REF"},
	}
}
