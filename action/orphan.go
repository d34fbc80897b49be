package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// An orphan is a token that JFrog made and whose answer was lost. It is found by its description, which holds a nonce that
// no other mint has, and revoked by its id with the creator's credentials:
//
//   - revokeOrphan, after an attempt without a usable answer
//   - revokeLateOrphans, when the mint has failed: JFrog may list an orphan only a moment later
//   - revokeDuplicates, when a later attempt succeeded: there must be no second token

// revokeOrphan looks for what a lost attempt made. It returns a token that may be alive, nil where there is none. A platform
// that is away is asked until the budget ends: when it is back, the mint goes on. slow is whether JFrog may still be working on
// the request: it is asked until it lists the token or the time for cleaning up ends.
func (s *session) revokeOrphan(ctx context.Context, slow bool) *AliveToken {
	enough := time.Now().Add(cleanupAfterFailure)
	ctx, cancel := withCleanup(ctx, timeLeft(ctx))
	defer cancel()
	for pause := firstProbePause; ; pause = min(2*pause, longestProbePause) {
		found, err := s.revokeListed(ctx, "")
		listable := found > 0
		if err == nil && !listable && !slow {
			listable, err = s.isListable(ctx)
		}
		switch {
		case err != nil:
			return s.describeOrphan(err.Error())
		case listable:
			return nil
		case !slow:
			return s.describeOrphan("a token this short isn't stored and can't be looked for")
		}
		if time.Now().Add(pause).After(enough) || !httpapi.Sleep(ctx, pause) {
			return s.describeOrphan("it isn't listed yet; JFrog may still be making it")
		}
	}
}

// revokeLateOrphans looks until its time is over: the first orphan that is found may be that of an earlier attempt. It
// returns err, or a *LeftAliveError around it.
func (s *session) revokeLateOrphans(ctx context.Context, err error) error {
	ctx, cancel := withCleanup(ctx, 0)
	defer cancel()
	looking, stop := context.WithTimeoutCause(ctx, lateOrphanTime, fmt.Errorf("no answer within %s (limit of the last look for a lost token)", lateOrphanTime))
	defer stop()
	for httpapi.Sleep(looking, lateOrphanTime/4) {
		if found, failed := s.api.List(looking, s.creator, s.request.Description); failed != nil || len(found) == 0 {
			continue
		}
		if _, failed := s.revokeListed(ctx, ""); failed != nil {
			return &LeftAliveError{Tokens: []AliveToken{*s.describeOrphan(failed.Error())}, Err: err}
		}
	}
	return err
}

// revokeDuplicates makes sure that a token is the only one of its mint: an earlier attempt may have created a second one.
// It fails where that can't be known. lost is how many attempts got no answer; without any, the answer was that nothing was
// done, which is believed where listing fails.
func (s *session) revokeDuplicates(ctx context.Context, response jfrog.TokenResponse, lost int) error {
	kept := newToken(response, s.config.URL)
	if lost == 0 && !s.hasDuplicate(ctx, kept.ID) {
		return nil
	}
	var orphan *AliveToken
	switch {
	case kept.ID == "":
		orphan = s.describeOrphan("JFrog gave the other token no id to tell them apart")
	case s.request.ForceRevocable && !kept.Revocable:
		orphan = s.describeOrphan("this server doesn't store a token this short, so that it can't be looked for")
	default:
		ctx, cancel := withCleanup(ctx, 0)
		defer cancel()
		if err := s.revokeLateDuplicates(ctx, kept.ID, lost > s.orphans); err != nil {
			orphan = s.describeOrphan(err.Error())
		}
	}
	if orphan == nil {
		return nil
	}
	return &LeftAliveError{Tokens: []AliveToken{*orphan}, Err: errors.New("an earlier attempt may have created a second token")}
}

// revokeLateDuplicates revokes all tokens of this mint but the kept one. Where a lost attempt's token wasn't found (missing),
// it goes on looking for lateOrphanTime: JFrog may still have been at work on it when the next attempt succeeded.
func (s *session) revokeLateDuplicates(ctx context.Context, kept string, missing bool) error {
	for start := time.Now(); ; {
		if found, err := s.revokeListed(ctx, kept); found > 0 || err != nil || !missing {
			return err
		}
		if time.Since(start) >= lateOrphanTime || !httpapi.Sleep(ctx, lateOrphanTime/4) {
			return nil
		}
	}
}

func (s *session) hasDuplicate(ctx context.Context, kept string) bool {
	ctx, cancel := withCleanup(ctx, 0)
	defer cancel()
	found, err := s.api.List(ctx, s.creator, s.request.Description)
	return err == nil && slices.ContainsFunc(found, func(t jfrog.TokenInfo) bool { return t.TokenID != kept })
}

// revokeListed revokes every listed token of this mint but the one to keep, and makes sure that none is listed any more.
// It returns how many there were.
func (s *session) revokeListed(ctx context.Context, keep string) (int, error) {
	found, err := s.list(ctx, s.request.Description, keep)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	for _, token := range found {
		if err := s.revokeByID(ctx, token.TokenID); err != nil {
			return 0, err
		}
	}
	again, err := s.list(ctx, s.request.Description, keep)
	if err == nil && len(again) > 0 {
		err = errors.New("it is still listed after its revocation")
	}
	if err != nil {
		return 0, err
	}
	s.orphans += len(found)
	for _, token := range found {
		s.log.Info(fmt.Sprintf("revoked token %s, whose answer was lost; JFrog no longer lists it", token.TokenID))
	}
	return len(found), nil
}

func (s *session) list(ctx context.Context, description, keep string) ([]jfrog.TokenInfo, error) {
	found, err := retryIdempotent(ctx, retry(s.log, "listing", untilBudget), refusalRetries, func(ctx context.Context) ([]jfrog.TokenInfo, error) {
		return s.api.List(ctx, s.creator, description)
	})
	return slices.DeleteFunc(found, func(t jfrog.TokenInfo) bool { return keep != "" && t.TokenID == keep }), err
}

// revokeByID revokes a token with the creator's credentials.
func (s *session) revokeByID(ctx context.Context, id string) error {
	return sendRevocation(ctx, s.log, refusalRetries, func(ctx context.Context) error { return s.api.RevokeID(ctx, s.creator, id) })
}

// describeOrphan names a token that nobody has seen.
func (s *session) describeOrphan(reason string) *AliveToken {
	orphan := &AliveToken{Description: s.request.Description, Reason: "its answer was lost, and " + reason}
	if seconds := s.request.ExpiresIn; seconds != nil && *seconds > 0 {
		orphan.ExpiresAt = time.Now().Add(time.Duration(*seconds) * time.Second).UTC().Truncate(time.Second)
	}
	return orphan
}

// persistentThreshold is JFrog's persistent-expiry-threshold in seconds unless it is configured otherwise: what lives
// shorter isn't stored (documented). That a token made with force_revocable is stored all the same is inferred from the
// documentation's word that revocable tokens are validated against the database.
const persistentThreshold = 10800

// isListable reports whether a token of this request would be listed. Where only force_revocable makes it so, the server
// is asked whether it knows that at all.
func (s *session) isListable(ctx context.Context) (bool, error) {
	r := s.request
	if r.Reference || r.ExpiresIn == nil || *r.ExpiresIn == 0 || *r.ExpiresIn >= persistentThreshold {
		return true, nil
	}
	if !r.ForceRevocable {
		return false, nil
	}
	version, err := retryIdempotent(ctx, retry(s.log, "asking for the version", untilBudget), refusalRetries, func(ctx context.Context) (string, error) {
		return s.api.Version(ctx, s.creator)
	})
	return err == nil && !jfrog.Older(version, jfrog.Features()[jfrog.ForceRevocable].Since), err
}
