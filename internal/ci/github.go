package ci

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// The variables for an ID token of GitHub and of those that pass for it.
const (
	actionsURL   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	actionsToken = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// GitHub is GitHub Actions, on github.com and on GitHub Enterprise.
func GitHub() System {
	return System{
		ID:   "github",
		Name: "GitHub Actions",
		Detect: func(env Env) bool {
			return isValue("GITHUB_ACTIONS", "true")(env) || isSet(actionsURL+"/"+actionsToken)(env)
		},
		IDToken: gitHubIDToken,
		Check:   checkGitHubFiles,
		Mask:    maskGitHub,
		// act runs the action's post step in a container, without the saved state (its source).
		PostUnreliable: func(env Env) string {
			if isTrue(env, "ACT") {
				return "act hands no saved state to a container action's post step; " + revokeStep
			}
			return ""
		},
		Save:    saveGitHub,
		Export:  writingGitHub("setting the outputs", "GITHUB_OUTPUT", (*githubactions.Action).SetOutput),
		Setenv:  writingGitHub("setting variables for later steps", "GITHUB_ENV", (*githubactions.Action).SetEnv),
		Print:   printGitHub,
		Summary: summarizeGitHub,
		names: Job{Repository: "GITHUB_REPOSITORY", Run: "GITHUB_RUN_ID", Attempt: "GITHUB_RUN_ATTEMPT", Name: "GITHUB_JOB",
			Runner: "RUNNER_NAME", Revision: "GITHUB_SHA", Branch: "GITHUB_REF_NAME"},
		canMask: markedBy("GITHUB_ACTIONS"),
	}
}

// revokeStep is what to do where the post step can't be counted on.
const revokeStep = "end the job with a step that uses frogmint's revoke action (uses: frogmint/frogmint/revoke) under `if: always()`"

const gitHubIDTokenFix = "give the job `permissions: id-token: write` (a permissions block of the job replaces the workflow's); " +
	"pull requests from forks and runs of Dependabot never get an ID token"

func gitHubIDToken(ctx context.Context, host Host, audience string) (redact.Secret, error) {
	if !isSet(actionsURL+"/"+actionsToken)(host.Env) && isForkPullRequest(ctx, host.Env) {
		return redact.Secret{}, &ProblemError{
			What: "asking GitHub for the job's ID token: a pull request from a fork gets none, whatever its permissions say",
			Fix:  "skip this step where github.event.pull_request.head.repo.fork is true, and do its work after the merge, in a workflow on push",
		}
	}
	token, err := actionsIDToken("GitHub", gitHubIDTokenFix)(ctx, host, audience)
	return token, notStarted(err)
}

// isForkPullRequest reads the event that started the workflow. A file that can't be read, or is larger than 1 MiB, tells
// nothing. A run for pull_request_target has the rights of the own repository.
func isForkPullRequest(ctx context.Context, env Env) bool {
	if env("GITHUB_EVENT_PATH") == "" || env("GITHUB_EVENT_NAME") == "pull_request_target" {
		return false
	}
	open := func() (io.ReadCloser, error) { return openRegular(env("GITHUB_EVENT_PATH"), os.O_RDONLY) }
	data, err := httpapi.ReadStream(ctx, open, httpapi.MaxFile, "event")
	if err != nil {
		return false
	}
	var event pullRequestEvent
	if json.Unmarshal(data, &event) != nil {
		return false
	}
	// A repository that is a fork itself may have pull requests of its own.
	head := event.PullRequest.Head.Repo
	return head.Fork && (head.FullName == "" || head.FullName != env("GITHUB_REPOSITORY"))
}

// pullRequestEvent is what counts here of the file that GitHub describes an event in.
type pullRequestEvent struct {
	PullRequest struct {
		Head struct {
			Repo struct {
				Fork     bool
				FullName string `json:"full_name"`
			}
		}
	} `json:"pull_request"`
}

// notStarted is about GitHub's refusal while it believes that the job hasn't started ("Can't issue ID_TOKEN for job in
// 'Pending' state", observed in aws-actions and runner #1466).
func notStarted(err error) error {
	if refusal, ok := errors.AsType[*httpapi.Error](err); ok && refusal.Status == http.StatusForbidden && (refusal.Contains("pending") || refusal.Contains("non-inprogress")) {
		return &temporaryError{err, "run the job again: GitHub believes that it hasn't started yet"}
	}
	return err
}

// actionsIDToken asks the endpoint that GitHub has and Forgejo copies. The library's own call isn't used: it cuts a long
// answer short, follows redirects with the credential's policy unchecked and takes an empty value for success.
func actionsIDToken(server, fix string) idTokenFunc {
	op := "asking " + server + " for the job's ID token"
	return func(ctx context.Context, host Host, audience string) (redact.Secret, error) {
		if err := require(host.Env, op, fix, actionsURL, actionsToken); err != nil {
			return redact.Secret{}, err
		}
		target, err := serviceURL(op, actionsURL, host.Env(actionsURL), fix)
		if err != nil {
			return redact.Secret{}, err
		}
		if audience != "" {
			query := target.Query()
			query.Set("audience", audience)
			target.RawQuery = query.Encode()
		}
		call := httpapi.Call{Op: op, Method: http.MethodGet, URL: target}
		authorize(&call, "Bearer", host.Env(actionsToken))
		return service{name: server, client: host.HTTP, fix: fix}.idToken(ctx, call, "value")
	}
}

func gitHubAction(host Host) *githubactions.Action {
	return githubactions.New(githubactions.WithWriter(host.Out), githubactions.WithGetenv(githubactions.GetenvFunc(host.Env)))
}

// maskGitHub prints the one line of the log that holds the secret. The runner hides it, and its base64, JSON and URL
// forms, in everything that comes later.
func maskGitHub(host Host, secret redact.Secret) error {
	return guarded("masking a secret", func() error {
		if err := checkLine("the secret", secret.Reveal()); err != nil {
			return err
		}
		gitHubAction(host).AddMask(secret.Reveal())
		return nil
	})
}

func saveGitHub(host Host, key, state string) error {
	return writingGitHub("saving the state", "GITHUB_STATE", (*githubactions.Action).SaveState)(host, []Output{{Name: key, Value: state}})
}

// writingGitHub appends to one of the runner's files: all of the values or, if one of them is unfit, none.
func writingGitHub(op, variable string, write func(action *githubactions.Action, name, value string)) func(Host, []Output) error {
	return func(host Host, values []Output) error {
		return guarded(op, func() error {
			var writes []func()
			for _, value := range values {
				if err := checkGitHubValue(value.Name, value.Value); err != nil {
					return err
				}
				writes = append(writes, func() { write(gitHubAction(host), value.Name, value.Value) })
			}
			return whileUnchanged(variable, host.Env(variable), writes)
		})
	}
}

func summarizeGitHub(host Host, markdown string) error {
	const variable = "GITHUB_STEP_SUMMARY"
	path := host.Env(variable)
	if path == "" {
		return nil
	}
	return guarded("writing the job summary", func() error {
		return whileUnchanged(variable, path, []func(){func() { gitHubAction(host).AddStepSummary(markdown) }})
	})
}

// whileUnchanged holds one of the runner's files open while the library, which opens it by its name, writes to it. Between
// the check before the mint and a write, another process may have put a link or a pipe in its place.
func whileUnchanged(variable, path string, writes []func()) error {
	if path == "" {
		return errors.New(variable + " is not set")
	}
	file, err := openShared(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // nothing was written to it
	for _, write := range writes {
		if err := hasName(file); err != nil {
			return err
		}
		write()
	}
	return hasName(file)
}

// printGitHub leaves out what can't be written: a runner that dies closes the log, and the token has to be revoked all
// the same. The library's panic ended the program instead, from whichever goroutine had something to say.
func printGitHub(host Host, level Level, message string) {
	action := gitHubAction(host)
	// Infof doesn't escape: the message was made safe by redact.Text, line by line.
	write := map[Level]func(string, ...any){Info: action.Infof, Warning: action.Warningf, Failure: action.Errorf}[level]
	_ = guarded("writing the log", func() error {
		write("%s", message)
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
		return fmt.Errorf("%s: %v", op, err)
	}
	return nil
}

// checkGitHubValue refuses a value that could end the library's heredoc, whose delimiter is the same for everyone: a
// value with that line in it planted a second output. The runner splits a name at the first = or <<.
func checkGitHubValue(name, value string) error {
	switch {
	case !isName(name, '-'):
		return fmt.Errorf("invalid output name %q", redact.Text(name, 80))
	case strings.Contains(value, "_GitHubActionsFileCommandDelimeter_"):
		return fmt.Errorf("the value of %s holds the delimiter of GitHub's files", name)
	}
	return checkLine(name, value)
}

// checkGitHubFiles makes sure that the files can be written while there is no token yet.
func checkGitHubFiles(host Host, uses Uses) error {
	check := func(used bool, name string) error {
		if !used {
			return nil
		}
		return checkFile(host.Env, name, "the runner makes these files and sets the variables: run frogmint as a step of the workflow", openShared)
	}
	return cmp.Or(check(uses.Save, "GITHUB_STATE"), check(uses.Export, "GITHUB_OUTPUT"), check(uses.Setenv, "GITHUB_ENV"))
}
