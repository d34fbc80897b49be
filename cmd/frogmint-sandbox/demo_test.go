package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	var stdout, stderr output
	c := &command{stdout: &stdout, stderr: &stderr}
	if status := c.main(t.Context(), []string{"demo"}); status != exitOK || stderr.String() != "" {
		t.Fatalf("exit status %d: %s\n%s", status, &stderr, &stdout)
	}
	shown := stdout.String()
	if !strings.HasSuffix(shown, "\nAll of it held.\n") || strings.Contains(shown, "FAIL") || shows(shown, "::add-mask::eyJ") {
		t.Errorf("got %s", shown)
	}
}

// The demo is worth something only if it fails when the action breaks a promise.
func TestDemoNotices(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		broken action
		want   string // the promise
	}{
		"main fails":            {instead("frogmint-main", 1), "the main step ended with exit status 1"},
		"post fails":            {instead("frogmint-post", 1), "the post step ended with exit status 1"},
		"nothing is revoked":    {instead("frogmint-post", 0), "the job's token is not among the living"},
		"a second token":        {after(secondToken), "revocable=true"},
		"token in the log":      {after(printToken), "the token is masked, and in the log nowhere else"},
		"token in the summary":  {after(summarizeToken), "no token is in the job's summary"},
		"token isn't masked":    {unmasked, "the token is masked, and in the log nowhere else"},
		"outputs first":         {after(outputsFirst), "the post step's state was saved, before the outputs"},
		"the job may too much":  {after(openRepository), "tries another repository, and is refused"},
		"token in the post log": {printInPost, "no token is in its log"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr output
			c := &command{stdout: &stdout, stderr: &stderr, keys: smallKeys(t)}
			if status := c.play(t.Context(), tt.broken); status != exitError {
				t.Errorf("exit status %d", status)
			}
			for line := range strings.Lines(stdout.String()) {
				if strings.HasPrefix(line, "   FAIL ") && strings.Contains(line, tt.want) {
					return
				}
			}
			t.Errorf("no promise %q failed:\n%s", tt.want, &stdout)
		})
	}
}

// instead is an action whose one step does nothing.
func instead(of string, status int) action {
	return func(ctx context.Context, step string, env map[string]string, log io.Writer) int {
		if step == of {
			return status
		}
		return frogmint(ctx, step, env, log)
	}
}

// after is an action that does something more in its main step.
func after(more func(env map[string]string, log io.Writer) error) action {
	return func(ctx context.Context, step string, env map[string]string, log io.Writer) int {
		status := frogmint(ctx, step, env, log)
		if step != "frogmint-main" {
			return status
		}
		if err := more(env, log); err != nil {
			_, _ = fmt.Fprintln(log, "the test is broken:", err)
		}
		return status
	}
}

// value reads an output as it stands behind its first line.
func value(env map[string]string, name string) string {
	content, _ := os.ReadFile(env["GITHUB_OUTPUT"])
	_, rest, _ := strings.Cut(string(content), name+"<<")
	_, rest, _ = strings.Cut(rest, "\n")
	text, _, _ := strings.Cut(rest, "\n")
	return text
}

func printToken(env map[string]string, log io.Writer) error {
	_, err := fmt.Fprintf(log, "curl -H 'Authorization: Bearer %s'\n", value(env, "access-token"))
	return err
}

func summarizeToken(env map[string]string, _ io.Writer) error {
	return os.WriteFile(env["GITHUB_STEP_SUMMARY"], []byte("| token | "+value(env, "access-token")+" |\n"), 0o600)
}

// outputsFirst moves the state, which is the first block, to the end of the file.
func outputsFirst(env map[string]string, _ io.Writer) error {
	content, err := os.ReadFile(env["GITHUB_OUTPUT"])
	if err != nil {
		return err
	}
	at := bytes.Index(content, []byte("access-token<<"))
	return os.WriteFile(env["GITHUB_OUTPUT"], append(bytes.Clone(content[at:]), content[:at]...), 0o600)
}

func secondToken(env map[string]string, _ io.Writer) error {
	return asAdmin(http.MethodPost, env["INPUT_URL"]+"/artifactory/api/security/token", "application/x-www-form-urlencoded",
		"username=token-broker&scope=member-of-groups:CI")
}

func openRepository(env map[string]string, _ io.Writer) error {
	return asAdmin(http.MethodPut, env["INPUT_URL"]+"/artifactory/api/v2/security/permissions/open", "application/json",
		`{"repo":{"repositories":["payments-local"],"actions":{"groups":{"CI":["write"]}}}}`)
}

func asAdmin(method, url, kind, body string) error {
	req, err := http.NewRequest(method, url, strings.NewReader(body)) //nolint:noctx // loopback
	if err != nil {
		return err
	}
	req.SetBasicAuth("admin", "password")
	req.Header.Set("Content-Type", kind)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	_ = resp.Body.Close()
	return err
}

// unmasked is the action without its masks.
func unmasked(ctx context.Context, step string, env map[string]string, log io.Writer) int {
	var b bytes.Buffer
	status := frogmint(ctx, step, env, &b)
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, maskCommand) {
			_, _ = io.WriteString(log, line)
		}
	}
	return status
}

// printInPost is the action whose post step prints its state.
func printInPost(ctx context.Context, step string, env map[string]string, log io.Writer) int {
	_, _ = fmt.Fprintln(log, env["STATE_frogmint"])
	return frogmint(ctx, step, env, log)
}
