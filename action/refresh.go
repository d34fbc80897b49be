package action

import (
	"context"
	"fmt"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// refreshOutcome is what is known of a token's refresh token.
type refreshOutcome struct {
	unknown string  // why a token that was refreshed from it may be alive; empty where none can be
	report  *Report // on the token that using it up gave; nil for none
}

// useUpRefreshToken makes sure that nobody can, or did, get another token by the refresh token. A refresh token works
// once: when it still works here, nobody used it before, and what it gives is revoked at once. When JFrog refuses it,
// somebody may have used it, and what he got lives on (JFrog gives no way to find it).
//
// The token that it gives is revoked beside the other; the function waits for that. err is why JFrog wasn't heard.
func (r *revoker) useUpRefreshToken(ctx context.Context) (outcome func() refreshOutcome, err error) {
	known := func(o refreshOutcome) func() refreshOutcome { return func() refreshOutcome { return o } }
	refresh := r.state.RefreshToken.Secret
	if refresh.IsZero() {
		return known(refreshOutcome{}), nil
	}
	if r.state.Legacy {
		err = sendRevocation(ctx, r.log, 0, func(ctx context.Context) error { return r.api.RevokeLegacy(ctx, r.state.creator(), refresh) })
		if err != nil {
			return known(refreshOutcome{unknown: fmt.Sprintf("its refresh token was not revoked: %v", err)}), err
		}
		return known(refreshOutcome{unknown: "its refresh token was revoked, and the legacy API doesn't tell whether it had been used"}), nil
	}
	response, err := r.refresh(ctx, refresh)
	if response.AccessToken.IsZero() {
		return known(refreshOutcome{unknown: fmt.Sprintf("a token that was refreshed from it may be alive: %v", err)}), err
	}
	fresh := *r
	token := newToken(response, r.state.URL)
	fresh.state.AccessToken.Secret, fresh.state.RefreshToken.Secret = token.AccessToken, Secret{}
	fresh.state.TokenID, fresh.state.ExpiresAt, fresh.state.Revocable = token.ID, token.ExpiresAt, token.Revocable
	done := make(chan Report, 1)
	go func() { done <- fresh.revoke(ctx) }()
	return func() refreshOutcome {
		report := <-done
		report.TokenID = shown(token.ID)
		r.log.Info(fmt.Sprintf("used up the refresh token; token %s that it gave: %s", report.TokenID, report))
		return refreshOutcome{report: &report}
	}, nil
}

// refresh sends the refresh token until it is answered. It leaves half of ctx's time for the revocation.
func (r *revoker) refresh(ctx context.Context, refresh Secret) (jfrog.TokenResponse, error) {
	deadline, _ := ctx.Deadline() // Revoke sets one
	half := time.Until(deadline) / 2
	ctx, cancel := context.WithTimeoutCause(ctx, half, fmt.Errorf("no answer within %s (limit of using up the refresh token)", half.Round(100*time.Millisecond)))
	defer cancel()
	return httpapi.Do(ctx, retry(r.log, "using up the refresh token", untilBudget), func(ctx context.Context) (jfrog.TokenResponse, error) {
		return r.api.Refresh(ctx, r.state.AccessToken.Secret, refresh)
	})
}

// combine takes the worse of both: a token isn't called revoked while one that was refreshed from it may live.
func (o refreshOutcome) combine(report Report) Report {
	fresh := o.report != nil && !o.report.Dead()
	switch {
	case !report.Dead() && fresh:
		report.Reason += fmt.Sprintf("; token %s, which its refresh token gave, may be alive too", o.report.TokenID)
		return report
	case !report.Dead():
		return report
	case o.unknown != "":
		return Report{Outcome: Unknown, Reason: o.unknown, Dies: report.Dies}
	case fresh:
		return *o.report
	}
	return report
}
