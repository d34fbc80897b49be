package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// build is a command of many hours whose clients ask their helpers all the time.
type build struct {
	t      *testing.T
	box    *sandboxtest.Sandbox
	socket string
}

// ask runs a helper as its client does, and returns what it says.
func (b *build) ask(input string, args ...string) string {
	b.t.Helper()
	var stdout, stderr strings.Builder
	command := &Command{
		Stdin: strings.NewReader(input), Stdout: &stdout, Stderr: &stderr, DialContext: b.box.DialContext,
		LookupEnv: func(name string) (string, bool) { return b.socket, name == login.SocketVariable },
	}
	if status := command.Main(b.t.Context(), args); status != ExitSuccess {
		b.t.Errorf("%v: exit status %d, %s%s", args, status, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// answers are the tokens that all helpers give, by their names, and when cargo and Bazel will ask again.
func (b *build) answers() (tokens map[string]string, renewals []time.Time) {
	b.t.Helper()
	host := strings.TrimPrefix(b.box.URL, "http://")
	var docker struct{ Username, Secret string }
	var cargo struct {
		Ok struct {
			Token      string
			Expiration int64
		}
	}
	var bazel struct {
		Headers map[string][]string
		Expires time.Time
	}
	git := regexp.MustCompile("^username=admin\npassword=(.*)\n$").FindStringSubmatch(b.ask("protocol=http\nhost="+host+"\n\n", "git-credential-frogmint", "get"))
	golang := regexp.MustCompile("^http.*/artifactory\n\nAuthorization: Basic (.*)\n\n$").FindStringSubmatch(b.ask("", "go-credential-frogmint"))
	_, line, _ := strings.Cut(b.ask(`{"kind":"get","registry":{"index-url":"sparse+`+b.box.URL+`/index/"}}`+"\n", "cargo-credential-frogmint", "--cargo-plugin"), "\n")
	for text, into := range map[string]any{
		b.ask(host, "docker-credential-frogmint", "get"): &docker,
		line: &cargo,
		b.ask(`{"uri":"`+b.box.URL+`/a.tgz"}`, "bazel-credential-frogmint", "get"): &bazel,
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			b.t.Fatalf("%s: %v", text, err)
		}
	}
	if git == nil || golang == nil || docker.Username != "admin" || len(bazel.Headers["Authorization"]) != 1 {
		b.t.Fatalf("git %q, go %q, docker %+v, bazel %+v", git, golang, docker, bazel)
	}
	basic, _ := base64.StdEncoding.DecodeString(golang[1])
	return map[string]string{
		"docker": docker.Secret, "git": git[1], "go": strings.TrimPrefix(string(basic), "admin:"),
		"cargo": strings.TrimPrefix(cargo.Ok.Token, "Bearer "), "bazel": strings.TrimPrefix(bazel.Headers["Authorization"][0], "Bearer "),
	}, []time.Time{time.Unix(cargo.Ok.Expiration, 0), bazel.Expires}
}

// accepted asks JFrog for the token itself.
func (b *build) accepted(token string) bool {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.box.URL+"/access/api/v1/tokens/me", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := b.box.Client().Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// At every minute of four hours each helper gives a token that JFrog accepts, and goes on accepting for as long as a client was
// told to keep it, whatever JFrog does meanwhile. No file but jf's has one.
func TestExec_HelpersGiveALivingToken(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(minute int) bool{
		"all the time":              func(int) bool { return false },
		"while JFrog mints nothing": func(minute int) bool { return minute%60 > 35 && minute%60 < 50 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { fourHours(t, dir, broken) })
		})
	}
}

func fourHours(t *testing.T, dir string, broken func(minute int) bool) {
	box, log := sandboxtest.StartInBubble(t), &strings.Builder{}
	tokens := loginIn(t, box, dir, map[string]string{"access-token": "admin", "expiry": "1h", "login": "docker, git, cargo=cargo-local"}, log)
	tokens.listener, tokens.keepsFirst = box.Network.Listen(), true
	b := &build{t, box, tokens.listener.Addr().String()}
	ctx, stop := context.WithCancel(t.Context())
	if err := tokens.mint(ctx); err != nil {
		t.Fatal(err)
	}
	tokens.keepFresh(ctx)
	first, kept := tokens.newest(), ""
	var until time.Time
	for minute := range 4 * 60 {
		box.Server.SetFaults()
		if broken(minute) {
			fault, err := sandbox.ParseFault("status=503@mint")
			if err != nil {
				t.Fatal(err)
			}
			box.Server.SetFaults(fault)
		}
		answers, renewals := b.answers()
		for helper, token := range answers {
			if token != tokens.newest().AccessToken.Reveal() || !b.accepted(token) {
				t.Fatalf("minute %d: %s gives a token that isn't alive", minute, helper)
			}
		}
		if now := time.Now(); kept == "" || !now.Before(until) {
			kept, until = answers["cargo"], renewals[0]
			if !renewals[0].Equal(renewals[1]) || !broken(minute) && !broken(minute-3) && (!until.After(now) || until.Sub(now) > 40*time.Minute) {
				t.Errorf("minute %d: to be kept until %v", minute, renewals)
			}
		}
		if !b.accepted(kept) {
			t.Fatalf("minute %d: a token that was to be kept until %s is dead", minute, until)
		}
		// The command's variables have the first token, and it has its full hour.
		if alive := b.accepted(first.AccessToken.Reveal()); alive != (minute < 60) {
			t.Fatalf("minute %d: the first token is alive: %v", minute, alive)
		}
		if alive := mintedOf(box); alive > 3 {
			t.Fatalf("minute %d: %d tokens are alive", minute, alive)
		}
		noToken(t, dir, answers["docker"])
		time.Sleep(time.Minute)
		synctest.Wait()
	}
	stop()
	if status := tokens.revokeAll(t.Context()); status != ExitSuccess || mintedOf(box) != 0 {
		t.Errorf("exit status %d; alive: %+v\n%s", status, box.Server.LiveTokens(), log)
	}
	if renewals := strings.Count(log.String(), "renewed: "); renewals < 4 {
		t.Errorf("%d renewals\n%s", renewals, log)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// noToken fails where a file that isn't jf's has the token.
func noToken(t *testing.T, dir, token string) {
	t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte("admin:" + token))
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(path, "/jf/jfrog-cli.conf.v6") {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // nobody else is there
		if strings.Contains(string(text), token) || strings.Contains(string(text), basic) {
			t.Errorf("%s has the token", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
