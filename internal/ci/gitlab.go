package ci

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/frogmint/frogmint/internal/redact"
)

// GitLab is GitLab CI. Its ID tokens are variables that the job's id_tokens names, with the audience chosen there.
func GitLab() System {
	return System{
		ID:     "gitlab",
		Name:   "GitLab CI",
		Detect: isValue("GITLAB_CI", "true"),
		IDToken: idTokenFromVariable("give the job `id_tokens: {JFROG_ID_TOKEN: {aud: AUDIENCE}}`, or name another variable with id-token-env",
			pipelineVariable),
		Check:  checkExport(checkGitLab),
		Mask:   maskGitLab,
		Export: exporting(setenvGitLab),
		Setenv: setenvGitLab,
		names: Job{Repository: "CI_PROJECT_PATH", Run: "CI_PIPELINE_ID", Attempt: "CI_JOB_ID", Name: "CI_JOB_NAME",
			Runner: "CI_RUNNER_ID", Revision: "CI_COMMIT_SHA", Branch: "CI_COMMIT_REF_NAME"},
		canMask: canMaskGitLab,
	}
}

// canMaskGitLab believes the runner's administrator: nothing that a job can see proves that the runner reads masks. Only
// one with proxy_exec does (source, 17.10, off by default); in any other the command itself would show the secret. What
// proxy_exec leaves on disk (masking.db) stays there when it is switched off.
func canMaskGitLab(env Env) bool { return env("FROGMINT_GITLAB_PROXY_EXEC") == "true" }

// maskGitLab prints nothing that would have to be escaped: the runner's reader of these lines isn't public.
func maskGitLab(host Host, secret redact.Secret) error {
	const op = "masking a secret"
	value := secret.Reveal()
	switch {
	case !canMaskGitLab(host.Env):
		return fmt.Errorf("%s: FROGMINT_GITLAB_PROXY_EXEC doesn't say that GitLab's runner reads masks", op)
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' || r == '%' }):
		return fmt.Errorf("%s: it holds a character that GitLab's runner may take for something else", op)
	}
	_, err := fmt.Fprintf(host.Out, "::add-mask::%s\n", value)
	return err
}

// checkGitLab reads CI_DEBUG_TRACE as the runner does.
func checkGitLab(host Host) error {
	if isTrue(host.Env, "CI_DEBUG_TRACE") {
		return &ProblemError{
			What: "CI_DEBUG_TRACE is on: the job's log would show the exported token",
			Fix:  "switch it off, or run the command with frogmint exec, which puts the token into no shell",
		}
	}
	return checkFile(host.Env, "GITLAB_ENV", "use a GitLab runner of 16.4 or later, or run the command with frogmint exec", openPrivate)
}

// setenvGitLab appends to the file that the runner reads at the start of each of the job's own sections, after_script
// among them. It isn't a dotenv report: it stays in the job. A line is taken as it is, without quotes, from the first
// character to the last that isn't white space (runner's source).
func setenvGitLab(host Host, variables []Output) error {
	const op = "writing to $GITLAB_ENV"
	var lines strings.Builder
	for _, variable := range variables {
		if err := checkGitLabVariable(host.Env, variable); err != nil {
			return fmt.Errorf("%s: %v", op, err)
		}
		lines.WriteString(variable.Name + "=" + variable.Value + "\n")
	}
	if err := appendPrivate(host.Env("GITLAB_ENV"), lines.String()); err != nil {
		return fmt.Errorf("%s: %v", op, err)
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
