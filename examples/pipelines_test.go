package examples_test

import "maps"

// schema names the keys that a mapping may have, by its path: * stands for any key, [] for any entry of a list, and a
// key ending in ! must be there.
type schema map[string]string

// pipeline is one example.
type pipeline struct {
	file   string
	schema schema
	source string // what makes the ID token appear, as it stands in the file
}

// pipelines are the examples, by CI. Their schemas hold what the CIs document, as far as the examples use it.
func pipelines() map[string]pipeline {
	github := schema{
		"": "name on! permissions! jobs!", "on": "push", "on.push": "branches", "permissions": "", "jobs": "*",
		"jobs.*": "runs-on! permissions steps!", "jobs.*.permissions": "contents id-token",
		"jobs.*.steps[]": "uses id with run env name", "jobs.*.steps[].with": "*", "jobs.*.steps[].env": "*",
	}
	forgejo := maps.Clone(github)
	forgejo[""], forgejo["jobs.*"] = "name on! enable-openid-connect! jobs!", "runs-on! steps!"
	gitea := maps.Clone(forgejo)
	gitea[""] = "name on! jobs!"
	return map[string]pipeline{
		"github":  {"github.yml", github, "id-token: write"},
		"forgejo": {"forgejo.yml", forgejo, "enable-openid-connect: true"},
		"gitea":   {"gitea.yml", gitea, "secrets.JFROG_CREATOR_TOKEN"},
		"gitlab": {"gitlab-ci.yml", schema{
			"": "*", "*": "image rules id_tokens! variables before_script script!", "*.rules[]": "if", "*.id_tokens": "*",
			"*.id_tokens.*": "aud!", "*.variables": "*",
		}, "JFROG_ID_TOKEN:"},
		"azure": {"azure-pipelines.yml", schema{
			"": "trigger pool! variables steps!", "trigger": "branches", "trigger.branches": "include", "pool": "vmImage", "variables": "*",
			"steps[]": "script! name displayName env condition", "steps[].env": "*",
		}, "SYSTEM_ACCESSTOKEN: $(System.AccessToken)"},
		"circleci": {"circleci.yml", schema{
			"": "version! jobs! workflows!", "jobs": "*", "jobs.*": "docker! environment steps!", "jobs.*.docker[]": "image!",
			"jobs.*.environment": "*", "jobs.*.steps[]": "run", "jobs.*.steps[].run": "name command!",
			"workflows": "*", "workflows.*": "jobs!", "workflows.*.jobs[]": "*", "workflows.*.jobs[].*": "filters",
			"workflows.*.jobs[].*.filters": "branches", "workflows.*.jobs[].*.filters.branches": "only",
		}, "version: 2.1"},
		"buildkite": {"buildkite.yml", schema{"": "steps!", "steps[]": "label command! branches env", "steps[].env": "*"}, "command:"},
		"bitbucket": {"bitbucket-pipelines.yml", schema{
			"": "image pipelines!", "pipelines": "branches", "pipelines.branches": "*", "pipelines.branches.*[]": "step!",
			"pipelines.branches.*[].step": "name oidc! script!", "pipelines.branches.*[].step.oidc": "audiences!",
		}, "audiences: [https://acme.jfrog.io]"},
		"jenkins": {"Jenkinsfile", nil, "variable: 'JFROG_ID_TOKEN'"},
	}
}
