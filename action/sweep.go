package action

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// SweepScope says how far a sweep goes.
type SweepScope int

// The scopes. Both are bound to the description of the configuration and to the runs of one CI.
const (
	SweepJob SweepScope = iota // the tokens of this job, at this attempt, on this runner
	SweepRun                   // the tokens of every job and attempt of this run
)

// SweepResult is what became of one token that a job had left.
type SweepResult struct {
	TokenID     string
	Description string
	Dies        time.Time // zero for never
	Err         error     // nil: JFrog revoked it and no longer lists it
}

// String is the result in the words that people read.
func (s SweepResult) String() string {
	report := Report{Outcome: StillAlive, Dies: s.Dies}
	switch {
	case s.Err == nil:
		return "revoked; JFrog no longer lists it"
	case jfrog.IsNotRevocable(s.Err):
		report.Outcome = NotRevocable
	default:
		report.Reason = s.Err.Error()
	}
	return report.String()
}

// Sweep revokes the tokens that a cancelled or killed job left, found by the job's identity in their descriptions, with
// the creator's credentials. An administrator finds everyone's, others their own.
//
// Only stored tokens can be found, and without the token itself nobody can try whether it is refused: that JFrog no
// longer lists it is the best that can be said. It fails when the list can't be had, or the job has no identity.
func (c *Client) Sweep(ctx context.Context, config Config, scope SweepScope) ([]SweepResult, error) {
	if c.Job.Run == "" || c.Job.System == "" {
		return nil, &ConfigError{
			Field: "the job", Reason: "this CI doesn't tell which run this is, so its tokens can't be told from others",
			Fix: "revoke the token itself with frogmint revoke --token-env or --token-file",
		}
	}
	s, err := c.open(config)
	if err != nil {
		return nil, err
	}
	defer s.http.Close()
	ctx, cancel := withTimeout(ctx, config)
	defer cancel()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if config.Credentials.Provider != "" {
		exchanged, err := s.exchange(ctx)
		if err != nil {
			return nil, s.rollback(ctx, err)
		}
		s.creator = jfrog.Credentials{Token: exchanged.AccessToken}
	}
	results, err := s.sweepListed(ctx, c.Job.pattern(config.Description, scope))
	return results, s.rollback(ctx, err)
}

// pattern matches the descriptions that identity and describe write.
func (j Job) pattern(own string, scope SweepScope) string {
	if scope == SweepRun {
		j.Attempt, j.Name, j.Runner = "", "", ""
		return j.identity(own) + " *"
	}
	return j.identity(own) + " nonce=*"
}

func (s *session) sweepListed(ctx context.Context, pattern string) ([]SweepResult, error) {
	defer notice(ctx, s.log, "looking for tokens and revoking them")()
	found, err := s.list(ctx, pattern, "")
	if err != nil {
		return nil, err
	}
	results := s.revokeAll(ctx, found)
	again, err := s.list(ctx, pattern, "")
	if err != nil {
		return results, err
	}
	for i := range results {
		listed := slices.ContainsFunc(again, func(t jfrog.TokenInfo) bool { return t.TokenID == results[i].TokenID })
		failure, isAPI := errors.AsType[*APIError](results[i].Err)
		switch {
		case listed && results[i].Err == nil:
			results[i].Err = errors.New("JFrog accepted the revocation and still lists it")
		case !listed && isAPI && failure.Indeterminate():
			results[i].Err = nil // it was carried out, and the answer lost
		}
	}
	return results, nil
}

func (s *session) revokeAll(ctx context.Context, found []jfrog.TokenInfo) []SweepResult {
	results, places := make([]SweepResult, len(found)), make(chan struct{}, sweepAtOnce)
	var running sync.WaitGroup
	for i, token := range found {
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			err := s.revokeByID(ctx, token.TokenID)
			results[i] = SweepResult{TokenID: shown(token.TokenID), Description: token.Description, Dies: token.ExpiresAt, Err: err}
		})
	}
	running.Wait()
	return results
}
