package ci

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/frogmint/frogmint/internal/redact"
)

// GitLab is GitLab CI. Its ID tokens are variables that the job's id_tokens names, with the audience chosen there.
func GitLab() System {
	const hint = "give the job `id_tokens: {JFROG_ID_TOKEN: {aud: AUDIENCE}}`, or name another variable with id-token-env"
	return System{
		ID:           "gitlab",
		Name:         "GitLab CI",
		Detect:       func(env Env) bool { return env("GITLAB_CI") == "true" },
		ProviderType: "GenericOidc",
		Audience:     InPipeline,
		HasIDToken:   hasVariable(idTokenVariable),
		IDToken:      idTokenFromVariable(hint, idTokenVariable),
		IDTokenHint:  hint,
		Check:        checkGitLab,
		Mask:         maskGitLab,
		Export:       func(host Host, outputs []Output) error { return setenvGitLab(host, asVariables(outputs)) },
		Setenv:       setenvGitLab,
		Job:          gitLabJob,
	}
}

// gitLabProxyExec is the word of the runner's administrator: nothing that a job can see proves that the runner reads
// masks. What proxy_exec leaves on disk (masking.db) stays there when it is switched off.
const gitLabProxyExec = "FROGMINT_GITLAB_PROXY_EXEC"

// maskGitLab prints nothing unless the runner is known to read it: only one with proxy_exec does (source, 17.10, off by
// default), in any other the command itself would show the secret. The runner's reader of these lines isn't public, so
// nothing is printed that would have to be escaped.
func maskGitLab(host Host, secret redact.Secret) error {
	if host.Env(gitLabProxyExec) != "true" {
		return nil
	}
	value := secret.Reveal()
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || r == '%' }) {
		return fmt.Errorf("masking a secret: it holds a character that GitLab's runner may take for something else")
	}
	_, err := fmt.Fprintf(host.Out, "::add-mask::%s\n", value)
	return err
}

const gitLabFileHint = "use a GitLab runner of 16.4 or later, or run the command with frogmint exec"

func checkGitLab(host Host, uses Uses) error {
	if !uses.Export && !uses.Setenv {
		return nil
	}
	if host.Env("CI_DEBUG_TRACE") == "true" {
		return &Problem{
			What: "CI_DEBUG_TRACE is on: the job's log would show the exported token",
			Do:   "switch it off, or run the command with frogmint exec, which puts the token into no shell",
		}
	}
	return checkPrivate(host.Env, "GITLAB_ENV", gitLabFileHint)
}

// setenvGitLab appends to the file that the runner reads at the start of each of the job's own stages, after_script
// among them. It isn't a dotenv report: it stays in the job. A line is taken as it is, without quotes, from the first
// character to the last that isn't white space (runner's source).
func setenvGitLab(host Host, variables []Output) error {
	const op = "writing to $GITLAB_ENV"
	var lines strings.Builder
	for _, variable := range variables {
		if err := checkGitLabVariable(host.Env, variable); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		lines.WriteString(variable.Name + "=" + variable.Value + "\n")
	}
	if err := appendPrivate(host.Env("GITLAB_ENV"), lines.String()); err != nil {
		return fmt.Errorf("%s: %v", op, err) // not a *Problem: before the mint it was fine
	}
	return nil
}

func checkGitLabVariable(env Env, variable Output) error {
	if err := checkVariable(variable.Name, variable.Value); err != nil {
		return err
	}
	if strings.TrimRightFunc(variable.Value, unicode.IsSpace) != variable.Value {
		return fmt.Errorf("the value of %s ends in white space, which the runner cuts off", variable.Name)
	}
	// PowerShell's reader splits a line at each =.
	if strings.HasPrefix(env("CI_RUNNER_EXECUTABLE_ARCH"), "windows/") && strings.Contains(variable.Value, "=") {
		return fmt.Errorf("the value of %s holds a =, at which a runner on Windows cuts it", variable.Name)
	}
	return nil
}

func gitLabJob(env Env) Job {
	return Job{
		System: "gitlab", Repository: env("CI_PROJECT_PATH"), Run: env("CI_PIPELINE_ID"), Attempt: env("CI_JOB_ID"),
		Name: env("CI_JOB_NAME"), Runner: env("CI_RUNNER_ID"), Actor: env("GITLAB_USER_LOGIN"), URL: env("CI_JOB_URL"),
		Revision: env("CI_COMMIT_SHA"), Branch: env("CI_COMMIT_REF_NAME"),
	}
}
