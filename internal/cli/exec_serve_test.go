package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
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
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), token) || strings.Contains(string(text), basic) {
			t.Errorf("%s has the token", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// pipes is a listener whose connections hold nothing that isn't read at once. Its first Accept fails.
type pipes struct {
	failed   bool
	accepted chan net.Conn
}

func (p *pipes) Accept() (net.Conn, error) {
	if !p.failed {
		p.failed = true
		return nil, syscall.EMFILE
	}
	if conn, ok := <-p.accepted; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p *pipes) Close() error {
	close(p.accepted)
	return nil
}

func (p *pipes) DialContext(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p.accepted <- there
	return here, nil
}

// A helper that doesn't read, and a machine without another descriptor, cost the next helper a second at most.
func TestExec_WaitsForNoHelper(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		box, listener := sandboxtest.StartInBubble(t), &pipes{accepted: make(chan net.Conn)}
		tokens := loginIn(t, box, dir, map[string]string{"access-token": "admin", "login": "docker"}, &strings.Builder{})
		if err := tokens.mint(t.Context()); err != nil {
			t.Fatal(err)
		}
		tokens.listener, tokens.renews = listener, false
		tokens.keepFresh(t.Context())
		silent, _ := listener.DialContext(t.Context(), "", "")
		defer silent.Close() //nolint:errcheck // it was to do nothing
		began, b := time.Now(), &build{t, &sandboxtest.Sandbox{DialContext: listener.DialContext}, "a socket"}
		if answer := b.ask(strings.TrimPrefix(box.URL, "http://"), "docker-credential-frogmint", "get"); !strings.Contains(answer, tokens.newest().AccessToken.Reveal()) || time.Since(began) > 2*serveLimit {
			t.Errorf("%q after %s", answer, time.Since(began))
		}
		if status := tokens.revokeAll(t.Context()); status != ExitSuccess {
			t.Errorf("exit status %d", status)
		}
	})
}

// A client that says nothing is left alone after a minute, and at a signal at once. An exec that says nothing is, after five seconds.
func TestHelper_BoundsItsWaits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args   []string
		signal time.Duration
		most   time.Duration
		says   string
	}{
		"docker":        {[]string{"docker-credential-frogmint", "get"}, time.Hour, time.Minute, "nothing came within 1m0s (limit of reading)"},
		"cargo":         {[]string{"cargo-credential-frogmint", "--cargo-plugin"}, time.Hour, time.Minute, "nothing came within 1m0s (limit of reading)"},
		"a signal":      {[]string{"git-credential-frogmint", "get"}, time.Second, time.Second, "the end of the job"},
		"a silent exec": {[]string{"go-credential-frogmint"}, time.Hour, askLimit, "which has ended or doesn't answer: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer time.AfterFunc(test.signal, func() { cancel(errors.New("the end of the job")) }).Stop()
				stdin, client := io.Pipe()
				var said strings.Builder
				var exec net.Conn
				command := &Command{
					Stdin: stdin, Stdout: &said, Stderr: &said, LookupEnv: func(string) (string, bool) { return "a socket", true },
					DialContext: func(context.Context, string, string) (here net.Conn, _ error) {
						here, exec = net.Pipe()
						return here, nil
					},
				}
				began := time.Now()
				command.Main(ctx, test.args)
				if took := time.Since(began); took > test.most || !strings.Contains(said.String(), test.says) {
					t.Errorf("after %s: %s", took, said.String())
				}
				_ = client.Close()
				if exec != nil {
					_ = exec.Close()
				}
			})
		})
	}
}
