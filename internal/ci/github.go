package ci

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/sethvargo/go-githubactions"

	"github.com/frogmint/frogmint/internal/redact"
)

// GitHub is GitHub Actions, on github.com and on GitHub Enterprise.
func GitHub() System {
	return System{
		ID:           "github",
		Name:         "GitHub Actions",
		Detect:       func(env Env) bool { return env("GITHUB_ACTIONS") == "true" || hasGitHubIDToken(env) },
		ProviderType: "GitHub",
		Audience:     AskedFor,
		HasIDToken:   hasGitHubIDToken,
		IDToken:      actionsIDToken("GitHub", gitHubIDTokenHint),
		IDTokenHint:  gitHubIDTokenHint,
		Check:        checkGitHubFiles,
		Mask:         maskGitHub,
		Save:         saveGitHub,
		Export:       exportGitHub,
		Setenv:       setenvGitHub,
		Print:        printGitHub,
		Summary:      summarizeGitHub,
		Job:          gitHubJob,
	}
}

const gitHubIDTokenHint = "give the job `permissions: id-token: write` (a permissions block of the job replaces the workflow's); " +
	"pull requests from forks and runs of Dependabot never get an ID token"

func hasGitHubIDToken(env Env) bool {
	return env("ACTIONS_ID_TOKEN_REQUEST_URL") != "" && env("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != ""
}

// actionsIDToken asks the endpoint that GitHub has and Forgejo copies. The library's own call isn't used: it cuts a long
// answer short, follows redirects with the credential's policy unchecked and takes an empty value for success.
func actionsIDToken(server, hint string) func(context.Context, Host, string) (redact.Secret, error) {
	op := "asking " + server + " for the job's ID token"
	return func(ctx context.Context, host Host, audience string) (redact.Secret, error) {
		if !hasGitHubIDToken(host.Env) {
			return redact.Secret{}, &Problem{
				What: op + ": ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set", Do: hint,
			}
		}
		target, err := url.Parse(host.Env("ACTIONS_ID_TOKEN_REQUEST_URL"))
		if err != nil || target.Host == "" {
			return redact.Secret{}, &Problem{What: op + ": ACTIONS_ID_TOKEN_REQUEST_URL is not a URL", Do: hint}
		}
		if audience != "" {
			query := target.Query()
			query.Set("audience", audience)
			target.RawQuery = query.Encode()
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
		if err != nil {
			return redact.Secret{}, fmt.Errorf("%s: %v", op, err)
		}
		request.Header.Set("Authorization", "Bearer "+host.Env("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
		request.Header.Set("Accept", "application/json")
		return idTokenFrom(ctx, host, op, request, "value")
	}
}

func gitHubJob(env Env) Job {
	job := Job{
		System: "github", Repository: env("GITHUB_REPOSITORY"), Run: env("GITHUB_RUN_ID"), Attempt: env("GITHUB_RUN_ATTEMPT"),
		Name: env("GITHUB_JOB"), Runner: env("RUNNER_NAME"), Actor: env("GITHUB_ACTOR"), Revision: env("GITHUB_SHA"),
		Branch: env("GITHUB_REF_NAME"),
	}
	if server := env("GITHUB_SERVER_URL"); server != "" && job.Repository != "" && job.Run != "" {
		job.URL = server + "/" + job.Repository + "/actions/runs/" + job.Run
	}
	return job
}

func gitHubAction(host Host) *githubactions.Action {
	return githubactions.New(githubactions.WithWriter(host.Out), githubactions.WithGetenv(githubactions.GetenvFunc(host.Env)))
}

// maskGitHub prints the one line of the log that holds the secret. The runner hides it, and its base64, JSON and URL
// forms, in everything that comes later.
func maskGitHub(host Host, secret redact.Secret) error {
	return guarded("masking a secret", func() error {
		if strings.ContainsAny(secret.Reveal(), "\r\n\x00") {
			return fmt.Errorf("it holds a line break, which a mask can't cover")
		}
		gitHubAction(host).AddMask(secret.Reveal())
		return nil
	})
}

func saveGitHub(host Host, key, state string) error {
	return writeGitHub(host, "saving the state", "GITHUB_STATE", gitHubAction(host).SaveState, []Output{{Name: key, Value: state}})
}

func exportGitHub(host Host, outputs []Output) error {
	return writeGitHub(host, "setting the outputs", "GITHUB_OUTPUT", gitHubAction(host).SetOutput, outputs)
}

func setenvGitHub(host Host, variables []Output) error {
	return writeGitHub(host, "setting variables for later steps", "GITHUB_ENV", gitHubAction(host).SetEnv, variables)
}

// writeGitHub appends to one of the runner's files: all of the values or, if one of them is unfit, none. The file was
// looked at before there was a token; it is looked at again, since another process may have put a link or a pipe there.
func writeGitHub(host Host, op, file string, write func(name, value string), values []Output) error {
	return guarded(op, func() error {
		for _, value := range values {
			if err := checkGitHubValue(value.Name, value.Value); err != nil {
				return err
			}
		}
		if err := checkGitHubFile(host.Env, file); err != nil {
			return fmt.Errorf("%v", err) // not the *Problem that it is before a mint: it was fine then
		}
		for _, value := range values {
			write(value.Name, value.Value)
		}
		return nil
	})
}

func summarizeGitHub(host Host, markdown string) error {
	if host.Env("GITHUB_STEP_SUMMARY") == "" {
		return nil
	}
	return guarded("writing the job summary", func() error {
		if err := checkGitHubFile(host.Env, "GITHUB_STEP_SUMMARY"); err != nil {
			return err
		}
		gitHubAction(host).AddStepSummary(markdown)
		return nil
	})
}

// printGitHub leaves out what can't be written: a runner that dies closes the log, and the token has to be revoked all
// the same. The library's panic ended the program instead, from whichever goroutine had something to say.
func printGitHub(host Host, level Level, message string) {
	action := gitHubAction(host)
	_ = guarded("writing the log", func() error {
		switch level {
		case Info:
			// Infof doesn't escape: the message was made safe by redact.Text, line by line.
			action.Infof("%s", message)
		case Warning:
			action.Warningf("%s", message)
		case Failure:
			action.Errorf("%s", message)
		}
		return nil
	})
}

// guarded turns the library's panics into errors.
func guarded(op string, act func() error) (err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("%s: %v", op, failure)
		}
	}()
	if err := act(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// checkGitHubValue refuses a value that could end the library's heredoc, whose delimiter is the same for everyone: a
// value with that line in it planted a second output. The runner splits a name at the first = or <<.
func checkGitHubValue(name, value string) error {
	switch {
	case !isName(name, '-'):
		return fmt.Errorf("%q is no name for an output", redact.Text(name, 80))
	case strings.ContainsAny(value, "\r\n\x00") || strings.Contains(value, "_GitHubActionsFileCommandDelimeter_"):
		return fmt.Errorf("the value of %s holds a line break or the delimiter of GitHub's files", name)
	case !utf8.ValidString(value):
		return fmt.Errorf("the value of %s is not UTF-8", name)
	}
	return nil
}

// checkGitHubFiles makes sure that the files exist and can be written while there is no token yet.
func checkGitHubFiles(host Host, uses Uses) error {
	files := []struct {
		name string
		used bool
	}{{"GITHUB_STATE", uses.Save}, {"GITHUB_OUTPUT", uses.Export}, {"GITHUB_ENV", uses.Setenv}}
	for _, file := range files {
		if !file.used {
			continue
		}
		if err := checkGitHubFile(host.Env, file.name); err != nil {
			return err
		}
	}
	return nil
}

func checkGitHubFile(env Env, name string) error {
	return checkFile(env, name, "these files come from the runner: run frogmint as a step of the workflow, and don't set the variable yourself")
}
