package action_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

// Tokens that can't be revoked don't use up the time of those that can, and a lost answer isn't a failure.
func TestSweep_GoesOnBesideAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var stubborn atomic.Value
		stubborn.Store("")
		p := newPlatform(t).behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
			id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
			switch words := stubborn.Load().(string); {
			case r.Method != http.MethodDelete || words == "":
				box.ServeHTTP(w, r)
			case strings.Contains(words, id):
				w.WriteHeader(http.StatusInternalServerError)
			default:
				carriedOut(box, r)
				reset(w)
			}
		})
		p.config.Timeout = 5 * time.Second
		var ids []string
		for range 4 {
			ids = append(ids, p.minted(t).ID)
		}
		stubborn.Store(ids[0] + " " + ids[1])
		began := time.Now()
		results, err := p.client.Sweep(t.Context(), p.config, action.SweepRun)
		for _, result := range results {
			stays := strings.Contains(stubborn.Load().(string), result.TokenID)
			if stays != (result.Err != nil) || stays != strings.Contains(result.String(), "STILL ALIVE (") || !stays && result.String() != "revoked; JFrog no longer lists it" {
				t.Errorf("%s: %s", result.TokenID, result)
			}
			if result.Dies.IsZero() || !strings.Contains(result.Description, "run=1") {
				t.Errorf("got %+v", result)
			}
		}
		if err != nil || len(results) != 4 || len(p.alive()) != 2 || time.Since(began) > 6*time.Second {
			t.Errorf("%v, %d results after %s; alive: %+v", err, len(results), time.Since(began), p.alive())
		}
	})
}

// Names that differ only in what a description can't hold are different names.
func TestSweep_KeepsToItsJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		for own, other := range map[string]string{"a b": "a_b", "a*": "a_", "x::y": "x: :y", strings.Repeat("n", 100) + "1": strings.Repeat("n", 100) + "2", "b": "b nonce", "c": "c*"} {
			p.client.Job.Name = own
			token := p.minted(t)
			p.client.Job.Name = other
			if results, err := p.client.Sweep(t.Context(), p.config, action.SweepJob); err != nil || len(results) != 0 {
				t.Errorf("job %q sweeps %d of job %q: %v", other, len(results), own, err)
			}
			p.client.Job.Name = own
			if results, err := p.client.Sweep(t.Context(), p.config, action.SweepJob); err != nil || len(results) != 1 || results[0].TokenID != token.ID || results[0].Err != nil {
				t.Errorf("job %q sweeps %v: %v", own, results, err)
			}
		}
	})
}

// A run is all its jobs and attempts, of one CI and one repository.
func TestSweep_OfARun(t *testing.T) {
	t.Parallel()
	own := action.Job{System: "ci", Repository: "o/r", Run: "7", Attempt: "1", Name: "build", Runner: "r1"}
	for name, test := range map[string]struct {
		change func(*action.Job)
		own    string // words in the description
		run    bool
		job    bool
	}{
		"itself":             {func(*action.Job) {}, "", true, true},
		"another attempt":    {func(j *action.Job) { j.Attempt = "2" }, "", true, false},
		"another job":        {func(j *action.Job) { j.Name = "test" }, "", true, false},
		"another runner":     {func(j *action.Job) { j.Runner = "r2" }, "", true, false},
		"no names":           {func(j *action.Job) { j.Attempt, j.Name, j.Runner = "", "", "" }, "", true, false},
		"another run":        {func(j *action.Job) { j.Run = "77" }, "", false, false},
		"another CI":         {func(j *action.Job) { j.System = "ci2" }, "", false, false},
		"another repository": {func(j *action.Job) { j.Repository = "o/r2" }, "", false, false},
		"other words":        {func(*action.Job) {}, "mine", false, false},
	} {
		for scope, found := range map[action.SweepScope]bool{action.SweepRun: test.run, action.SweepJob: test.job} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPlatform(t)
					p.client.Job = own
					test.change(&p.client.Job)
					p.config.Description = test.own
					p.minted(t)
					p.client.Job, p.config.Description = own, ""
					results, err := p.client.Sweep(t.Context(), p.config, scope)
					if err != nil || (len(results) == 1) != found || (len(p.alive()) == 0) != found {
						t.Errorf("scope %d: %v, %v", scope, results, err)
					}
				})
			})
		}
	}
}

func TestSweep_NeedsARun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		for _, job := range []action.Job{{}, {System: "ci"}, {Run: "1"}, {Repository: "o/r", Name: "build"}} {
			p.client.Job = job
			_, err := p.client.Sweep(t.Context(), p.config, action.SweepJob)
			var config *action.ConfigError
			if !errors.As(err, &config) || config.Hint() == "" || len(p.Server.Requests()) > 0 {
				t.Errorf("%+v: %v", job, err)
			}
		}
		p.client.Job = action.Job{System: "ci", Run: "1"}
		if _, err := p.client.Sweep(t.Context(), action.Config{}, action.SweepJob); err == nil || len(p.Server.Requests()) > 0 {
			t.Errorf("without a configuration: %v", err)
		}
	})
}

// With a provider, an administrator's mapping sweeps, and its own token is not left behind.
func TestSweep_WithAProvider(t *testing.T) {
	t.Parallel()
	lowered := sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{RevocableExpiryThreshold: new(int64), PersistentExpiryThreshold: new(int64)}})
	for fault, words := range map[string]string{"": "", "page=403@revoke": "may still be alive: token ", "status=403@list": "403"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, lowered).withProvider("github-broker")
				p.minted(t)
				if fault != "" {
					p.Server.SetFaults(faults(t, fault)...)
				}
				results, err := p.client.Sweep(t.Context(), p.config, action.SweepJob)
				switch {
				case words == "" && (err != nil || len(results) != 1 || results[0].Err != nil || len(p.Server.LiveTokens()) > 0):
					t.Errorf("%v, %v; alive: %+v", results, err, p.Server.LiveTokens())
				case words != "" && (err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "nil")):
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// Without an exchanged token nothing is looked for.
func TestSweep_FailsWhereTheExchangeFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.minted(t)
		p.withProvider("nowhere")
		results, err := p.client.Sweep(t.Context(), p.config, action.SweepJob)
		var refusal *action.APIError
		if results != nil || !errors.As(err, &refusal) || len(p.alive()) != 1 || p.requests(http.MethodGet, "/tokens") > 0 {
			t.Errorf("%v, %v", results, err)
		}
	})
}

// A server that ignores the filter must not have everyone's tokens revoked; one that lists what it revoked is not believed.
func TestSweep_BelievesNoList(t *testing.T) {
	t.Parallel()
	t.Run("a filter that is ignored", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform(t).behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
				r.URL.RawQuery = ""
				box.ServeHTTP(w, r)
			})
			own := p.minted(t)
			p.client.Job.Run = "2"
			stranger := p.minted(t)
			p.client.Job.Run = "1"
			results, err := p.client.Sweep(t.Context(), p.config, action.SweepRun)
			if err != nil || len(results) != 1 || results[0].TokenID != own.ID || len(p.alive(stranger.ID)) > 0 || len(p.alive()) != 1 {
				t.Errorf("%v, %v; alive: %+v", results, err, p.alive())
			}
		})
	})
	t.Run("a token that stays", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform(t).behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete {
					w.WriteHeader(http.StatusNoContent)
					return
				}
				box.ServeHTTP(w, r)
			})
			p.minted(t)
			results, err := p.client.Sweep(t.Context(), p.config, action.SweepJob)
			if err != nil || len(results) != 1 || results[0].Err == nil || !strings.Contains(results[0].String(), "STILL ALIVE (JFrog accepted the revocation and still lists it") {
				t.Errorf("%v, %v", results, err)
			}
		})
	})
	t.Run("not revocable", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform(t)
			p.minted(t)
			p.Server.SetFaults(faults(t, "not-revocable@revoke")...)
			results, err := p.client.Sweep(t.Context(), p.config, action.SweepJob)
			if err != nil || len(results) != 1 || results[0].String() != "not revocable (dies by itself at 2000-01-01T00:10:00Z)" {
				t.Errorf("%v, %v", results, err)
			}
		})
	})
	t.Run("none at the end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := newPlatform(t)
			p.minted(t)
			p.config.Timeout = 5 * time.Second
			lists := 0
			p.behind(t, func(box http.Handler, w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/tokens") {
					if lists++; lists > 1 {
						w.WriteHeader(http.StatusForbidden)
						return
					}
				}
				box.ServeHTTP(w, r)
			})
			results, err := p.client.Sweep(t.Context(), p.config, action.SweepJob)
			if err == nil || len(results) != 1 {
				t.Errorf("%v, %v", results, err)
			}
		})
	})
}
