//go:build unix

package docs_test

import (
	"strings"
	"testing"
)

// TestHelp_ExamplesWork types the example at the end of each page of help, and holds the page to one screen.
func TestHelp_ExamplesWork(t *testing.T) {
	t.Parallel()
	w := newStubWorld(t)
	for _, command := range []string{"", "mint", "revoke", "sweep", "exec", "doctor", "mapping"} {
		help := w.shell("frogmint help " + command)
		if lines := strings.Count(help, "\n"); lines > 40 {
			t.Errorf("%q has %d lines of help", command, lines)
		}
		_, example, found := strings.Cut(help, "\nExample:\n")
		var script []string
		for line := range strings.Lines(example) {
			typed, isTyped := strings.CutPrefix(strings.TrimSpace(line), "$ ")
			if !isTyped {
				break
			}
			script = append(script, typed)
		}
		if !found || len(script) == 0 {
			t.Fatalf("%q has no example:\n%s", command, help)
		}
		text := strings.Join(script, "\n")
		if command == "mint" {
			text += "\nfrogmint revoke < token" // as the page says
		}
		env := w.credentials(text)
		if strings.Contains(text, "oidc-provider-name github") {
			env = []string{
				"JF_URL=" + w.env["JF_URL"], "GITHUB_ACTIONS=true", "ACTIONS_ID_TOKEN_REQUEST_URL=" + w.env["ACTIONS_ID_TOKEN_REQUEST_URL"],
				"ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + w.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
			}
		}
		w.shell(text, append(env, "CI_PROJECT_PATH=acme/app", "CI_PIPELINE_ID=7", "CI_JOB_ID=70", "CI_JOB_NAME=deploy")...)
	}
	if alive := w.alive(); strings.Contains(alive, "token_id") {
		t.Errorf("the examples left %s", alive)
	}
}
