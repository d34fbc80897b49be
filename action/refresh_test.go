package action_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/action"
)

// refresh uses a refresh token as a step of the job can.
func (p *platform) refresh(t *testing.T, token *action.Token) int {
	t.Helper()
	body := `{"grant_type":"refresh_token","refresh_token":"` + token.RefreshToken.Reveal() + `","access_token":"` + token.AccessToken.Reveal() + `"}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/access/api/v1/tokens", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token.AccessToken.Reveal())
	response, err := p.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// A refresh token that nobody used can't be used any more either.
func TestRevoke_UsesUpTheRefreshToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.config.Refreshable = true
		token := p.minted(t)
		report := p.client.Revoke(t.Context(), token.State())
		if report.Outcome != action.Revoked || len(p.alive()) > 0 || !strings.Contains(p.log.String(), "used up the refresh token; token ") {
			t.Errorf("%s; alive: %+v\n%s", report, p.alive(), p.log)
		}
		if status := p.refresh(t, token); status != http.StatusNotFound {
			t.Errorf("the refresh token gives %d", status)
		}
	})
}

// What somebody made of it during the job can't be found: nothing is called revoked then.
func TestRevoke_DoesNotKnowWhatWasRefreshed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.config.Refreshable = true
		token := p.minted(t)
		if status := p.refresh(t, token); status != http.StatusOK {
			t.Fatalf("refreshing: %d", status)
		}
		report := p.client.Revoke(t.Context(), token.State())
		if report.Outcome != action.Unknown || !strings.Contains(report.Reason, "refreshed") || len(p.alive()) != 1 {
			t.Errorf("%s; alive: %+v", report, p.alive())
		}
	})
}

// An outage of the refresh only must not cost the revocation.
func TestRevoke_RevokesWhereNothingCanBeRefreshed(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"outage=10m@mint", "status=429@mint", "latency-before=50s@mint", "status=500@mint", "reset@mint", "commit-then-drop@mint,times=1", "html@mint"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				p.config.Refreshable = true
				token := p.minted(t)
				p.Server.SetFaults(faults(t, fault)...)
				report := p.client.Revoke(t.Context(), token.State())
				if report.Outcome != action.Unknown || !strings.Contains(report.Reason, "refreshed from it may be alive") {
					t.Errorf("got %s", report)
				}
				for _, alive := range p.alive() {
					if alive.ID == token.ID {
						t.Errorf("the job's own token lives on\n%s", p.log)
					}
				}
			})
		})
	}
}

// The token that the refresh gave may be one that can't be revoked: then that is what is said, with its own end.
func TestRevoke_SaysWhenTheRefreshedTokenDies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.config.Refreshable = true
		p.config.ForceRevocable = new(false)
		token := p.minted(t)
		time.Sleep(5 * time.Minute)
		report := p.client.Revoke(t.Context(), token.State())
		alive := p.alive()
		if len(alive) != 1 || report.Outcome != action.NotRevocable || !report.Dies.Equal(alive[0].ExpiresAt) {
			t.Errorf("%s; alive: %+v", report, alive)
		}
	})
}

// The legacy API doesn't tell whether a refresh token had been used.
func TestRevoke_DoesNotKnowALegacyRefreshToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		p.config.API, p.config.Refreshable = action.APILegacy, true
		token := p.minted(t)
		report := p.client.Revoke(t.Context(), token.State())
		if report.Outcome != action.Unknown || len(p.alive()) > 0 {
			t.Errorf("%s; alive: %+v", report, p.alive())
		}
	})
}
