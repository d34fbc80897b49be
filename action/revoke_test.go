package action_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox"
)

func TestRevoke_RevokesWhatMintMade(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		version string
		change  func(*platform)
	}{
		"the newest":         {"", func(*platform) {}},
		"without me":         {"7.50.3", func(*platform) {}},
		"flat errors":        {"7.49.3", func(p *platform) { p.config.Expiry = 12 * time.Hour }},
		"the legacy API":     {"7.20.0", func(*platform) {}},
		"legacy, for a user": {"7.20.0", func(p *platform) { p.config.Credentials = password(p) }},
		"never expires":      {"", func(p *platform) { p.config.Expiry = action.NeverExpires }},
		"without an id":      {"", func(*platform) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var options []sandbox.Option
				if test.version != "" {
					options = append(options, sandbox.WithVersion(test.version))
				}
				p := newPlatform(t, options...)
				test.change(p)
				state := p.minted(t).State()
				if name == "without an id" {
					state.TokenID = ""
				}
				if len(p.alive()) != 1 {
					t.Fatalf("alive: %+v", p.alive())
				}
				report := p.client.Revoke(t.Context(), state)
				if report.Outcome != action.Revoked || report.Err != nil || len(p.alive()) > 0 || report.Took > time.Second {
					t.Errorf("after %s: %s (%v); alive: %+v", report.Took, report, report.Err, p.alive())
				}
				if report.TokenID != state.TokenID || !report.Dies.Equal(state.ExpiresAt) {
					t.Errorf("got %+v of %+v", report, state)
				}
			})
		})
	}
}

func password(p *platform) action.Credentials {
	return action.Credentials{User: p.User, Password: action.NewSecret(p.Password)}
}

// A later process knows nothing but what was saved.
func TestRevoke_NeedsNothingButTheSavedState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		text, err := p.minted(t).State().Encode()
		if err != nil {
			t.Fatal(err)
		}
		state, err := action.DecodeState(text)
		if err != nil {
			t.Fatal(err)
		}
		later := &action.Client{DialContext: p.DialContext}
		if report := later.Revoke(t.Context(), state); report.Outcome != action.Revoked || len(p.alive()) > 0 {
			t.Errorf("got %s", report)
		}
	})
}

// Artifactory may take a token for minutes after Access has revoked it.
func TestRevoke_WaitsForEveryEndpoint(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]struct {
		outcome     action.Outcome
		least, most time.Duration
	}{
		"revoke-lag=10s@version":                    {action.Revoked, 10 * time.Second, 13 * time.Second},
		"revoke-lag=10s@probe":                      {action.Revoked, 10 * time.Second, 13 * time.Second},
		"revoke-lag=10m@version":                    {action.StillAlive, 28 * time.Second, 31 * time.Second},
		"page=503@version,for=5s":                   {action.Revoked, 5 * time.Second, 8 * time.Second},
		"reset@version,times=1":                     {action.Revoked, 100 * time.Millisecond, time.Second},
		"gateway=401@version":                       {action.Unknown, 0, 2 * time.Second},
		"revoke-lag=10m@version latency=7s@version": {action.StillAlive, 28 * time.Second, 31 * time.Second}, // the last probe is cut off
		"latency=1s@version":                        {action.Revoked, time.Second, 2 * time.Second},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				token := p.minted(t)
				p.Server.SetFaults(faults(t, strings.Fields(fault)...)...)
				report := p.client.Revoke(t.Context(), token.State())
				if report.Outcome == action.StillAlive && !strings.Contains(report.Reason, "limit of the proof") {
					t.Errorf("without the limit's name: %s", report)
				}
				if report.Outcome != want.outcome || report.Took < want.least || report.Took > want.most {
					t.Errorf("after %s: %s", report.Took, report)
				}
			})
		})
	}
}

// A connection from before the revocation may lead to a node that doesn't know of it yet.
func TestRevoke_AsksOverNewConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		token := p.minted(t)
		p.Server.SetFaults(faults(t, "revoke-lag=3s@version")...)
		seen := len(p.Server.Requests())
		var connections atomic.Int32
		p.client.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			connections.Add(1)
			return p.DialContext(ctx, network, address)
		}
		report := p.client.Revoke(t.Context(), token.State())
		if requests := len(p.Server.Requests()) - seen; report.Outcome != action.Revoked || requests < 9 || int(connections.Load()) != requests {
			t.Errorf("%s: %d requests over %d connections", report, requests, connections.Load())
		}
	})
}

// A node that lags behind refuses what it doesn't know yet, and is right a moment later.
func TestRevoke_TriesOnceMoreAfterARefusal(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{
		"status=401,times=1", "status=401,for=2s", "status=403@revoke,times=2", "status=404@revoke,times=2", "status=401@revoke,times=2",
		"status=503@revoke,times=3", "reset@revoke,times=2", "page=502@revoke,times=2", "status=500@revoke,times=1", "html@revoke,times=1",
		"commit-then-drop@revoke,times=1", "retry-after=120@revoke,times=1", "retry-after=20@revoke,times=2", "outage=40s", "truncate@revoke,times=1", "huge@revoke,times=1",
		"page=403@revoke,times=2", "gateway=401@revoke,times=1", "page=404:text@revoke,for=3s", "page=200@revoke,for=5s", "page=404@probe,for=1s",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				token := p.minted(t)
				p.Server.SetFaults(faults(t, fault)...)
				report := p.client.Revoke(t.Context(), token.State())
				if report.Outcome != action.Revoked || len(p.alive()) > 0 || report.Took > action.DefaultTimeout {
					t.Errorf("after %s: %s (%v); alive: %+v\n%s", report.Took, report, report.Err, p.alive(), p.log)
				}
			})
		})
	}
}

func TestRevoke_SaysThatATokenIsAlive(t *testing.T) {
	t.Parallel()
	for fault, why := range map[string]string{
		"status=403@revoke": "Forbidden", "page=403@revoke": "403", "status=401@revoke": "401", "status=500@revoke": "500", "outage=59s@revoke": "503", "reset@revoke": "reset",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				token := p.minted(t)
				p.Server.SetFaults(faults(t, fault)...)
				report := p.client.Revoke(t.Context(), token.State())
				if report.Outcome != action.StillAlive || !strings.Contains(report.Reason, why) || !strings.Contains(report.String(), "dies by itself at ") || report.Took > action.DefaultTimeout {
					t.Errorf("after %s: %s\n%s", report.Took, report, p.log)
				}
			})
		})
	}
}

// A proxy that refuses its password gets it once: many lock an account after the third time.
func TestRevoke_ShowsAProxyItsPasswordOnce(t *testing.T) {
	t.Parallel()
	for name, refreshable := range map[string]bool{"a token": false, "a token with a refresh token": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.WriteHeader(http.StatusProxyAuthRequired)
			}))
			t.Cleanup(proxy.Close)
			for _, url := range []string{"http://127.0.0.1:1", "https://jfrog.invalid"} {
				asked.Store(0)
				state := action.NewState(url, action.NewSecret("a.b.c"))
				state.Proxy = strings.Replace(proxy.URL, "http://", "http://user:password@", 1)
				if refreshable {
					state.RefreshToken.Secret = action.NewSecret("refresh")
				}
				report := new(action.Client).Revoke(t.Context(), state)
				if report.Outcome != action.Unknown || !strings.Contains(report.Reason, "407") || asked.Load() != 1 {
					t.Errorf("%s: %d times: %s", url, asked.Load(), report)
				}
			}
		})
	}
}

// By this machine's clock the token is over, by the server's it isn't, and it can't be revoked.
func TestRevoke_GoesByTheServersClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, sandbox.WithFaults(faults(t, "clock-skew=-2h")...))
		p.config.ForceRevocable = new(false)
		token := p.minted(t)
		if report := p.client.Revoke(t.Context(), token.State()); report.Outcome != action.NotRevocable {
			t.Errorf("got %s", report)
		}
	})
}

func TestRevoke_CallsATokenExpiredWhereJFrogDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		token := p.minted(t)
		time.Sleep(11 * time.Minute)
		if report := p.client.Revoke(t.Context(), token.State()); report.Outcome != action.Expired || !report.Dead() {
			t.Errorf("got %s", report)
		}
	})
}

// A platform may have lowered its threshold; a server without "me" revokes by the id only.
func TestRevoke_RevokesAShortTokenWhereThePlatformAllowsIt(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"7.50.3", "7.111.0"} {
		for _, creator := range []string{"admin", "github"} {
			t.Run(version+" "+creator, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := newPlatform(t, sandbox.WithVersion(version), sandbox.WithConfig(sandbox.Config{Token: sandbox.TokenConfig{
						RevocableExpiryThreshold: new(int64), PersistentExpiryThreshold: new(int64),
					}}))
					p.config.ForceRevocable = new(false)
					if creator == "github" {
						p.config.GrantAdmin = true // such a token may revoke anything, a 204 for an id that is none included
					}
					token := p.minted(t)
					if token.Revocable {
						t.Fatal("known as revocable")
					}
					if report := p.client.Revoke(t.Context(), token.State()); report.Outcome != action.Revoked || len(p.alive()) > 0 {
						t.Errorf("got %s", report)
					}
				})
			})
		}
	}
}

// Another installation refuses the token. At home it lives on.
func TestRevoke_AtAnotherPlatformProvesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		home, away := newPlatform(t), newPlatform(t)
		state := home.minted(t).State()
		state.URL = away.URL
		report := away.client.Revoke(t.Context(), state)
		if report.Outcome != action.RefusedForAnotherReason || report.Dead() || len(home.alive()) != 1 {
			t.Errorf("got %s", report)
		}
	})
}

// A revocation is bounded by the saved timeout, and by the caller's context.
func TestRevoke_EndsInTime(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"latency-before=1h", "outage=1h", "reset", "status=429", "slow=0.001", "commit-then-page=101", "retry-after=3600,for=1h"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				p.config.Timeout = 20 * time.Second
				state := p.minted(t).State()
				p.Server.SetFaults(faults(t, fault)...)
				report := p.client.Revoke(t.Context(), state)
				if report.Dead() || report.Reason == "" || report.Took > 20*time.Second {
					t.Errorf("after %s: %s", report.Took, report)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if report := p.client.Revoke(ctx, state); report.Dead() || report.Took > time.Second {
					t.Errorf("with a second: after %s: %s", report.Took, report)
				}
			})
		})
	}
}

func TestRevoke_OfNothingIsUnknown(t *testing.T) {
	t.Parallel()
	report := new(action.Client).Revoke(t.Context(), action.State{})
	if report.Outcome != action.Unknown || report.Err == nil || report.Dead() {
		t.Errorf("got %s", report)
	}
}
