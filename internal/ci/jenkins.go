package ci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Jenkins is Jenkins with the plugin for OpenID Connect: its credential holds the audience, withCredentials hands the
// token over as a variable or as a file.
func Jenkins() System {
	return System{
		ID:     "jenkins",
		Name:   "Jenkins",
		Detect: isJenkins,
		IDToken: idTokenFromVariable("wrap the step in withCredentials([string(credentialsId: ID, variable: 'JFROG_ID_TOKEN')]) with a credential "+
			"of the OpenID Connect Provider plugin, or name a variable or file with id-token-env or id-token-file", pipelineVariable),
		Check:  checkExport(checkJenkins),
		Export: exporting(writingJenkins(replacePrivate)), // anew: Jenkins leaves the directory of an earlier build as it was
		Setenv: writingJenkins(appendPrivate),
		names: Job{Repository: "GIT_URL", Run: "BUILD_TAG or BUILD_NUMBER", Name: "JOB_NAME", Runner: "NODE_NAME",
			Revision: "GIT_COMMIT", Branch: "BRANCH_NAME or GIT_BRANCH"},
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

func checkJenkins(host Host) error {
	const (
		op  = "exporting in Jenkins"
		fix = "run frogmint in an sh step within a node, or run the command with frogmint exec"
	)
	directory, err := jenkinsDirectory(host.Env)
	tried := ""
	if err == nil {
		tried, err = writeTemp(directory, ".frogmint-*", "")
	}
	if err != nil {
		return fileProblem(op, directory, err, fix)
	}
	return os.Remove(tried)
}

// jenkinsDirectory makes the directory beside the workspace that the browser doesn't show. Jenkins only names it.
func jenkinsDirectory(env Env) (string, error) {
	directory := env("WORKSPACE_TMP")
	if directory == "" {
		return "", errors.New("WORKSPACE_TMP is not set")
	}
	return directory, os.MkdirAll(directory, 0o700)
}

func writingJenkins(write func(path, text string) error) func(Host, []Output) error {
	return func(host Host, variables []Output) error {
		directory, err := jenkinsDirectory(host.Env)
		lines := ""
		if err == nil {
			lines, err = shellLines(variables)
		}
		if err == nil {
			err = write(filepath.Join(directory, jenkinsFile), lines)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %v", jenkinsFile, err)
		}
		return nil
	}
}
