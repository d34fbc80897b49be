package action

import (
	"errors"
	"net/http"
	"slices"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// revocationAnswer is what JFrog answered to a revocation.
type revocationAnswer int

const (
	revocationUnanswered  revocationAnswer = iota // no answer, or one that isn't JFrog's
	revocationAccepted                            // 2xx
	revocationOfShort                             // 2xx, of a token that is known as not revocable: JFrog says so of one that it doesn't store, too
	revocationImpossible                          // 400, Token not revocable; or 400, 403, 404, 405 of a token that is known so
	revocationRefused                             // another refusal of JFrog's: 401, 403, 404, 405
	revocationSaysRevoked                         // 401: the token that authenticates is revoked
	revocationSaysExpired                         // 401: it has expired
)

// tokenState is what all endpoints together say of a token.
type tokenState int

const (
	stateUnknown     tokenState = iota // none accepts it, and one gave no answer of JFrog's
	stateAccepted                      // one accepts it
	stateSaysRevoked                   // all refuse it, one as revoked
	stateSaysExpired                   // all refuse it, one as expired
	stateRefused                       // all refuse it, and none says why
	stateNotOurs                       // all refuse it, one as a token that isn't this platform's
)

// outcomes is the one rule on what a token is called, by what JFrog answered to the revocation (rows) and what the
// endpoints then say of the token (columns, in the order of tokenState). docs/security.md shows it.
func outcomes() map[revocationAnswer][6]Outcome {
	return map[revocationAnswer][6]Outcome{
		//                     unknown       accepted      says revoked  says expired  refused           not ours
		revocationAccepted:    {Unknown, StillAlive, Revoked, Expired, Revoked, RefusedForAnotherReason},
		revocationOfShort:     {Unknown, NotRevocable, Revoked, Expired, Revoked, RefusedForAnotherReason},
		revocationImpossible:  {NotRevocable, NotRevocable, Revoked, Expired, RefusedForAnotherReason, RefusedForAnotherReason},
		revocationRefused:     {Unknown, StillAlive, Revoked, Expired, RefusedForAnotherReason, RefusedForAnotherReason},
		revocationSaysRevoked: {Unknown, StillAlive, Revoked, Expired, Revoked, RefusedForAnotherReason},
		revocationSaysExpired: {Unknown, StillAlive, Revoked, Expired, Expired, RefusedForAnotherReason},
		revocationUnanswered:  {Unknown, StillAlive, Revoked, Expired, RefusedForAnotherReason, RefusedForAnotherReason},
	}
}

// answerTo classifies the end of a revocation.
func answerTo(err error, revocable bool) revocationAnswer {
	failure, isAPI := errors.AsType[*httpapi.Error](err)
	switch {
	case err == nil && !revocable:
		return revocationOfShort
	case err == nil:
		return revocationAccepted
	case jfrog.IsNotRevocable(err), isAPI && failure.Refused() && !revocable && failure.Status != http.StatusUnauthorized:
		return revocationImpossible
	case jfrog.RefusalOf(err) == jfrog.SaysRevoked:
		return revocationSaysRevoked
	case jfrog.RefusalOf(err) == jfrog.SaysExpired:
		return revocationSaysExpired
	case isAPI && failure.Refused():
		return revocationRefused
	}
	return revocationUnanswered
}

// stateOf combines what the endpoints said. One that accepts the token outweighs all others; then one that says nothing of
// the token itself: no answer, or that the token isn't stored. One that calls the token another platform's is not the
// service that the token is used at, whatever the other one says.
func stateOf(results []jfrog.ProbeResult) tokenState {
	if slices.Contains(results, jfrog.Accepted) {
		return stateAccepted
	}
	combined := stateRefused
	for _, result := range results {
		switch result {
		case jfrog.NoAnswer, jfrog.NotFound:
			return stateUnknown
		case jfrog.SaysRevoked:
			combined = prefer(combined, stateSaysRevoked)
		case jfrog.SaysExpired:
			combined = prefer(combined, stateSaysExpired)
		case jfrog.SaysNotOurs:
			combined = prefer(combined, stateNotOurs)
		case jfrog.Refused, jfrog.Accepted:
		}
	}
	return combined
}

// prefer keeps the more telling of two refusals: not ours, revoked, expired, no reason.
func prefer(a, b tokenState) tokenState {
	for _, state := range []tokenState{stateNotOurs, stateSaysRevoked, stateSaysExpired} {
		if a == state || b == state {
			return state
		}
	}
	return a
}
