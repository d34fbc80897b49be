package action

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/test/docs"
)

const securityPage = "../docs/security.md"

var update = flag.Bool("update", false, "write the table of outcomes into docs/security.md")

// TestOutcomes_AreDocumented prints the rule on what a token is called. It isn't parallel to those that read the page.
func TestOutcomes_AreDocumented(t *testing.T) {
	answers := []string{
		revocationUnanswered: "nothing, or nothing that is JFrog's", revocationAccepted: "it is done (2xx)",
		revocationOfShort:     "it is done (2xx), of a token that is known as not revocable",
		revocationImpossible:  "*Token not revocable*, or any refusal but 401 of a token that is known as not revocable",
		revocationRefused:     "a refusal (400, 401, 403, 404, 405)",
		revocationSaysRevoked: "401: the token is revoked", revocationSaysExpired: "401: the token has expired",
	}
	states := []string{
		stateUnknown: "none accepts it, and one says nothing of it", stateAccepted: "one accepts it", stateSaysRevoked: "both refuse it, one as revoked",
		stateSaysExpired: "both refuse it, one as expired", stateRefused: "both refuse it, without a reason",
		stateNotOurs: "both refuse it, one as not this platform's",
	}
	if len(outcomes()) != len(answers) {
		t.Fatalf("%d answers have words, the table has %d", len(answers), len(outcomes()))
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| JFrog says to the revocation | %s |\n|---%s|\n", strings.Join(states, " | "), strings.Repeat("|---", len(states)))
	for _, answer := range []revocationAnswer{
		revocationAccepted, revocationOfShort, revocationImpossible, revocationRefused, revocationSaysRevoked, revocationSaysExpired, revocationUnanswered,
	} {
		fmt.Fprintf(&table, "| %s |", answers[answer])
		for _, outcome := range outcomes()[answer] {
			status := 3
			if (Report{Outcome: outcome}).Dead() {
				status = 0
			}
			fmt.Fprintf(&table, " %s (%d) |", outcome, status)
		}
		table.WriteString("\n")
	}
	docs.Compare(t, *update, securityPage, "outcomes", table.String())
}

// TestLimits_AreDocumented compares the page's table with the durations and numbers of attempts.
func TestLimits_AreDocumented(t *testing.T) {
	t.Parallel()
	signaled, cancel := context.WithCancel(t.Context())
	cancel()
	docs.CompareLimits(t, securityPage, "action", map[string]any{
		"DefaultTimeout": DefaultTimeout, "maxTimeout": maxTimeout, "perAttempt": perAttempt, "attempts": attempts,
		"afterSignal": afterSignal, "mintGrace": mintGrace(signaled), "cleanupAfterSignal": cleanupAfterSignal(signaled),
		"cleanupAfterFailure": cleanupAfterFailure, "lateOrphanTime": lateOrphanTime, "refusalRetries": refusalRetries,
		"firstRevokePause": firstRevokePause, "longestRevokePause": longestRevokePause, "proofWindow": proofWindow,
		"firstProbePause": firstProbePause, "longestProbePause": longestProbePause, "probeAttempts": probeAttempts,
		"probeReserve": probeReserve, "finalAttempt": finalAttempt, "versionTime": versionTime, "noticeAfter": noticeAfter,
		"sweepAtOnce": sweepAtOnce, "maxDescription": maxDescription,
	})
}
