//go:build linux

package proof

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// hostile is a server that answers a mint with anything, and everything else as JFrog would that has no tokens.
func hostile(t *testing.T, mint map[string]any) (url string) {
	t.Helper()
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == http.MethodPost:
			_ = json.NewEncoder(w).Encode(mint)
		case strings.HasSuffix(r.URL.Path, "/tokens"):
			_, _ = w.Write([]byte(`{"tokens":[]}`))
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
}

// TestHostileAnswers: no member of JFrog's answer becomes a command to the runner, a second output, or more than a line.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t)
	evil := "x\r\n::set-output name=access-token::planted\n##[set-env]\x1b[2J\u202e\u2028_GitHubActionsFileCommandDelimeter_\naccess-token=planted"
	for name, test := range map[string]struct {
		member string
		value  any
	}{
		"token with a line break": {"access_token", "eyJ0.eyJ0.x\n::warning::y"}, "token with a control character": {"access_token", "a\x00b"},
		"token of 100 KiB": {"access_token", strings.Repeat("a", 100<<10)}, "no token": {"access_token", ""}, "a number for a token": {"access_token", 5},
		"evil token": {"access_token", evil}, "evil reference token": {"reference_token", evil}, "evil refresh token": {"refresh_token", evil},
		"evil id": {"token_id", evil}, "evil user": {"username", evil}, "evil scope": {"scope", evil}, "evil type": {"token_type", evil},
		"path as an id": {"token_id", "../../../artifactory/api/x"}, "me as an id": {"token_id", "me"},
		"negative expiry": {"expires_in", -1}, "endless expiry": {"expires_in", int64(1e18)}, "a text for an expiry": {"expires_in", "soon"},
		"scope of 1 MiB": {"scope", strings.Repeat("applied-permissions/groups:a ", 36<<10)}, "scope of 60 KB": {"scope", strings.Repeat("x", 60_000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := map[string]any{"token_id": "id-1", "access_token": "made.by.nobody", "expires_in": 600, "scope": "applied-permissions/groups:CI", "token_type": "Bearer"}
			answer[test.member] = test.value
			j := newJob(t, box, map[string]string{"groups": "CI", "url": hostile(t, answer), "timeout": "5", "expiry": "600", "export-env": "true"})
			j.env["INPUT_ACCESS-TOKEN"] = box.AdminToken
			j.redacted = []string{box.AdminToken}
			result := j.main()
			if result.hung {
				t.Fatal("it hangs")
			}
			for line := range strings.Lines(result.log) {
				command, isCommand := strings.CutPrefix(line, "::")
				word, _, _ := strings.Cut(strings.ReplaceAll(command, " ", ":"), ":")
				if isCommand && word != "add-mask" && word != "error" && word != "warning" || strings.Contains(line, "##[") || len(line) > 4200 && word != "add-mask" {
					t.Errorf("a line of the log: %.200q", line)
				}
				if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
					t.Errorf("a control character: %.200q", line)
				}
			}
			for _, file := range values {
				if strings.Contains(j.content(file), "planted\n") || strings.Contains(j.content(file), "\n##") {
					t.Errorf("%s: %.400q", file, j.content(file))
				}
			}
			if result.status == 0 && j.value("GITHUB_OUTPUT", "access-token") != "made.by.nobody" {
				t.Errorf("the job has the token %.40q", j.value("GITHUB_OUTPUT", "access-token"))
			}
		})
	}
}

// TestCoreDumpsAreOff asks the running program.
func TestCoreDumpsAreOff(t *testing.T) {
	t.Parallel()
	j := newCell(t, minting()).job
	// bash hands on names with dashes, such as INPUT_ACCESS-TOKEN, unlike other shells.
	result := j.exec(t, "bash", "-c", `ulimit -c unlimited 2>/dev/null; exec "$1" exec -- bash -c 'grep "core file" /proc/$PPID/limits'`, "bash", binary(t, "frogmint"))
	fields := strings.Fields(result.log[max(strings.Index(result.log, "Max core file size"), 0):])
	if result.status != 0 || len(fields) < 6 || fields[4] != "0" || fields[5] != "0" {
		t.Errorf("exit status %d, limits %v", result.status, fields[:min(len(fields), 6)])
	}
}
