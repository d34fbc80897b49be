package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/login"
	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// longJob is a job that uses the token in its file all the time.
type longJob struct {
	lasts    time.Duration
	step     time.Duration // between two uses
	flags    map[string]string
	broken   func(elapsed time.Duration) bool // when JFrog can't mint
	most     time.Duration                    // how long two tokens may be alive at a time
	renewals int                              // at least
}

func TestExec_RenewsToken(t *testing.T) {
	t.Parallel()
	never := func(time.Duration) bool { return false }
	// In eight hours a token of an hour is renewed every 40 minutes. The short ones would only be more of the same.
	for name, job := range map[string]longJob{
		"a token of an hour":      {8 * time.Hour, 20 * time.Second, map[string]string{"access-token": "admin", "expiry": "1h"}, never, longestOverlap, 11},
		"a short token":           {2 * time.Hour, 5 * time.Second, map[string]string{"access-token": "admin", "expiry": "2m"}, never, 30 * time.Second, 115},
		"a very short token":      {30 * time.Minute, 2 * time.Second, map[string]string{"access-token": "admin", "expiry": "30s"}, never, 10 * time.Second, 110},
		"by an ID token":          {8 * time.Hour, 20 * time.Second, map[string]string{"oidc-provider-name": "github-broker", "expiry": "1h"}, never, longestOverlap, 11},
		"while JFrog often fails": {8 * time.Hour, 20 * time.Second, map[string]string{"access-token": "admin", "expiry": "1h"}, func(d time.Duration) bool { return d%time.Hour > 35*time.Minute && d%time.Hour < 50*time.Minute }, longestOverlap, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { job.run(t, dir) })
		})
	}
}

func (j longJob) run(t *testing.T, dir string) {
	s, log := sandboxtest.StartInBubble(t), &strings.Builder{}
	defer func() {
		if t.Failed() {
			t.Log(log.String())
		}
	}()
	tokens := tokensIn(t, s, dir, j.flags, log)
	ctx, stop := context.WithCancel(t.Context())
	tokens.keepFresh(ctx)
	began, both := time.Now(), time.Duration(0)
	for elapsed := time.Duration(0); elapsed < j.lasts && !t.Failed(); elapsed = time.Since(began) {
		s.Server.SetFaults()
		if j.broken(elapsed) {
			fault, err := sandbox.ParseFault("status=503@mint")
			if err != nil {
				t.Fatal(err)
			}
			s.Server.SetFaults(fault)
		}
		time.Sleep(j.step)
		synctest.Wait()
		useTokenIn(t, s, dir)
		if both += j.step; mintedOf(s) < 2 {
			both = 0
		}
		if both > j.most+j.step || mintedOf(s) > 2 {
			t.Errorf("after %s: %d live tokens, two or more for %s, want %s at most", elapsed, mintedOf(s), both, j.most)
		}
	}
	stop()
	if status := tokens.revokeAll(t.Context()); status != ExitSuccess {
		t.Errorf("exit status %d", status)
	}
	if mintedOf(s) != 0 {
		t.Errorf("alive in the end: %+v", s.Server.LiveTokens())
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if renewals := strings.Count(log.String(), "renewed: "); renewals < j.renewals {
		t.Errorf("%d renewals, want %d at least", renewals, j.renewals)
	}
}

// tokensIn mints the first token, as exec does, into a token file and a home of jf's below dir.
func tokensIn(t *testing.T, s *sandboxtest.Sandbox, dir string, flags map[string]string, log *strings.Builder) *execTokens {
	t.Helper()
	tokens := loginIn(t, s, dir, flags, log)
	tokens.places = append(tokens.places, login.TokenFile(filepath.Join(dir, "token")))
	if err := tokens.mint(t.Context()); err != nil {
		t.Fatal(err)
	}
	return tokens
}

// loginIn prepares what tokensIn mints, with a login below dir: jf's and that of the clients in the flag login.
func loginIn(t *testing.T, s *sandboxtest.Sandbox, dir string, flags map[string]string, log *strings.Builder) *execTokens {
	t.Helper()
	set := map[string]string{"url": s.URL, "groups": "CI"}
	for name, value := range flags {
		if set[name] = value; name == "access-token" {
			set[name] = s.AdminToken
		}
	}
	env := s.Env()
	command := &Command{
		Stderr: log, DialContext: s.DialContext, Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
		LookupEnv: func(name string) (string, bool) {
			value, ok := env[name]
			return value, ok && strings.HasPrefix(name, "ACTIONS_")
		},
	}
	r := command.newStderrRunner(t.Context(), ci.GitHub())
	in, err := inputs.Load(t.Context(), inputs.CommandSources(set, command.LookupEnv))
	if err != nil {
		t.Fatal(err)
	}
	client, err := command.client(r, &in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.host.HTTP.Close)
	out, err := login.New(in.Login, login.Host{Env: func(string) string { return "" }, URL: s.URL, Temp: dir, Command: true, Helper: "/frogmint"})
	if err == nil {
		err = out.Open()
	}
	if err != nil {
		t.Fatal(err)
	}
	tokens := &execTokens{config: in.Config, client: client, printer: r.printer, login: out, renews: true, places: []login.Place{out}}
	r.export = tokens.swap
	return tokens
}

// mintedOf counts the live tokens that frogmint minted; exchanged ones have no description.
func mintedOf(s *sandboxtest.Sandbox) int {
	count := 0
	for _, token := range s.Server.LiveTokens() {
		if strings.Contains(token.Description, "nonce=") {
			count++
		}
	}
	return count
}

// useTokenIn asks with the token in the file, which must be jf's too, and fails the test if JFrog refuses it.
func useTokenIn(t *testing.T, s *sandboxtest.Sandbox, dir string) {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	configs, err := filepath.Glob(filepath.Join(dir, "*", "jf", "jfrog-cli.conf.v6"))
	if err != nil || len(configs) != 1 {
		t.Fatalf("configurations of jf: %v, %v", configs, err)
	}
	if config, err := os.ReadFile(configs[0]); err != nil || !strings.Contains(string(config), fmt.Sprintf("%q", token)) {
		t.Errorf("jf has another token than the file, %v", err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/access/api/v1/tokens/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("at %s the token in the file is refused: %s", time.Now().Format(time.TimeOnly), response.Status)
	}
}

// brokenPlace takes the first token only.
type brokenPlace struct{ taken int }

func (p *brokenPlace) Write(string, action.Secret) error {
	if p.taken++; p.taken > 1 {
		return errors.New("disk full")
	}
	return nil
}

func (p *brokenPlace) Remove() error { return nil }

// A token that can't be handed over is revoked at once, and the command keeps the one that it has.
func TestExec_RevokesTokenThatCannotBeHandedOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, log := sandboxtest.StartInBubble(t), &strings.Builder{}
		tokens := tokensIn(t, s, dir, map[string]string{"access-token": "admin", "expiry": "1h"}, log)
		first := tokens.newest().ID
		tokens.places = append(tokens.places, &brokenPlace{taken: 1})
		if err := tokens.mint(t.Context()); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("got %v", err)
		}
		if mintedOf(s) != 1 || tokens.newest().ID != first {
			t.Errorf("alive: %+v", s.Server.LiveTokens())
		}
		useTokenIn(t, s, dir)
		if status := tokens.revokeAll(t.Context()); status != ExitSuccess || mintedOf(s) != 0 {
			t.Errorf("exit status %d; alive: %+v", status, s.Server.LiveTokens())
		}
		if err := tokens.mint(t.Context()); err == nil || mintedOf(s) != 0 {
			t.Errorf("a token for a command that has ended: %v; alive: %+v", err, s.Server.LiveTokens())
		}
	})
}

// A token that has expired while the command ran is told with the times.
func TestExec_TellsThatTheTokenExpired(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, log := sandboxtest.StartInBubble(t), &strings.Builder{}
		tokens := tokensIn(t, s, dir, map[string]string{"access-token": "admin", "expiry": "10m"}, log)
		time.Sleep(599 * time.Second)
		if got := tokens.expired(); got != "" {
			t.Errorf("before its end: %s", got)
		}
		time.Sleep(time.Minute)
		want := "the command ended at " + time.Now().UTC().Format(time.RFC3339) + ", 59s after its token had expired at " +
			time.Now().Add(-59*time.Second).UTC().Format(time.RFC3339)
		if got := tokens.expired(); !strings.HasPrefix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
		if status := tokens.revokeAll(t.Context()); status != ExitSuccess || !strings.Contains(log.String(), ": expired") {
			t.Errorf("exit status %d", status)
		}
	})
}
