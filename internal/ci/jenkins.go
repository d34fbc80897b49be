package ci

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Jenkins is Jenkins with the plugin for OpenID Connect: its credential holds the audience, withCredentials hands the
// token over as a variable or as a file.
func Jenkins() System {
	const hint = "wrap the step in withCredentials([string(credentialsId: ID, variable: 'JFROG_ID_TOKEN')]) with a credential " +
		"of the OpenID Connect Provider plugin, or name a variable or file with id-token-env or id-token-file"
	return System{
		ID:           "jenkins",
		Name:         "Jenkins",
		Detect:       isJenkins,
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   hasVariable(idTokenVariable),
		IDToken:      idTokenFromVariable(hint, idTokenVariable),
		IDTokenHint:  hint,
		Check:        checkJenkins,
		Export:       exportJenkins,
		Setenv:       setenvJenkins,
		Job:          jenkinsJob,
	}
}

// isJenkins doesn't ask for JENKINS_URL alone: it is unset until an administrator has set it, and a variable of that
// name is common where a job only talks to a Jenkins.
func isJenkins(env Env) bool {
	return env("JENKINS_URL") != "" && env("BUILD_ID") != "" || env("JENKINS_HOME") != "" && strings.HasPrefix(env("BUILD_TAG"), "jenkins-")
}

// jenkinsFile is read by later sh steps: `. "$WORKSPACE_TMP/frogmint.env"`. A pipeline's own withEnv would be handier, but
// Jenkins keeps the arguments of its steps with the build, where whoever may read the job reads them.
const jenkinsFile = "frogmint.env"

const jenkinsFileHint = "run frogmint in an sh step within a node, or run the command with frogmint exec"

func checkJenkins(host Host, uses Uses) error {
	if !uses.Export && !uses.Setenv {
		return nil
	}
	directory, err := jenkinsDirectory(host.Env)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(directory, ".frogmint-*")
	if err != nil {
		return &Problem{What: fmt.Sprintf("exporting in Jenkins: %v", err), Do: jenkinsFileHint}
	}
	_ = file.Close()
	return os.Remove(file.Name())
}

// jenkinsDirectory makes the directory beside the workspace that the browser doesn't show. Jenkins only names it.
func jenkinsDirectory(env Env) (string, error) {
	directory := env("WORKSPACE_TMP")
	if directory == "" {
		return "", &Problem{What: "exporting in Jenkins: WORKSPACE_TMP is not set", Do: jenkinsFileHint}
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", &Problem{What: fmt.Sprintf("exporting in Jenkins: %v", err), Do: jenkinsFileHint}
	}
	return directory, nil
}

// exportJenkins begins the file anew: Jenkins leaves the directory of an earlier build as it was.
func exportJenkins(host Host, outputs []Output) error {
	return writeJenkins(host, asVariables(outputs), replacePrivate)
}

func setenvJenkins(host Host, variables []Output) error {
	return writeJenkins(host, variables, appendPrivate)
}

func writeJenkins(host Host, variables []Output, write func(path, text string) error) error {
	directory, err := jenkinsDirectory(host.Env)
	if err != nil {
		return err
	}
	lines, err := shellLines(variables)
	if err != nil {
		return fmt.Errorf("writing %s: %w", jenkinsFile, err)
	}
	if err := write(filepath.Join(directory, jenkinsFile), lines); err != nil {
		return fmt.Errorf("writing %s: %v", jenkinsFile, err) // not a *Problem: before the mint it was fine
	}
	return nil
}

func jenkinsJob(env Env) Job {
	job := Job{
		System: "jenkins", Repository: withoutUser(env("GIT_URL")), Run: firstSet(env, "BUILD_TAG", "BUILD_NUMBER"), Name: env("JOB_NAME"), Runner: env("NODE_NAME"),
		Actor: env("BUILD_USER_ID"), URL: env("BUILD_URL"), Revision: env("GIT_COMMIT"),
	}
	job.Branch = firstSet(env, "BRANCH_NAME", "GIT_BRANCH")
	return job
}
