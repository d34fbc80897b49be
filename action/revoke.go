package action

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// Revoke revokes a token, and then asks with it at every endpoint where it is used until all refuse it: JFrog answers 204
// for a token that it doesn't know, and has been seen to accept a revoked one for minutes, so its word alone proves
// nothing.
//
// It needs nothing but the state, waits until ctx ends but no longer than state.Timeout, and always returns a report.
func (c *Client) Revoke(ctx context.Context, state State) Report {
	timeout := cmp.Or(state.Timeout(), DefaultTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("the step took longer than %s (input timeout)", timeout))
	defer cancel()
	started := time.Now()
	report := Report{Outcome: Unknown, Dies: state.ExpiresAt}
	r, err := c.openRevoker(state)
	if err != nil {
		report.Reason, report.Err = err.Error(), err
	} else {
		defer r.http.Close()
		defer notice(ctx, r.log, "revoking the token")()
		// The connections of the first probes are made beside that of the revocation.
		r.api.Prepare(ctx, append(r.endpoints()[:1:1], r.endpoints()...)...)
		report = r.run(ctx)
	}
	report.TokenID, report.Took = cmp.Or(report.TokenID, state.TokenID), time.Since(started)
	return report
}

// revoker is one call of Revoke.
type revoker struct {
	state State
	log   Logger
	http  *httpapi.Client
	api   *jfrog.Client
	// short is for an exchanged token that can't be revoked by its own claims, from which the job's was minted: where JFrog's
	// answer says the same, nothing has to be proved.
	short bool
}

func (c *Client) openRevoker(state State) (*revoker, error) {
	platform, err := state.platform()
	if err != nil {
		return nil, err
	}
	var proxy *url.URL
	if state.Proxy != "" {
		if proxy, err = url.Parse(state.Proxy); err != nil {
			return nil, errors.New("the saved proxy is not a URL")
		}
	}
	client, err := c.connect(proxy, state.certificates())
	if err != nil {
		return nil, err
	}
	return &revoker{state: state, log: c.logger(), http: client, api: jfrog.New(platform, client, c.agent())}, nil
}

// run goes through the methods until the token is refused, and once more from the start when the revocation is refused and
// the token accepted, or everything refused without a reason: a node that doesn't know the token yet does both, and is right
// a moment later, as a gateway may be.
func (r *revoker) run(ctx context.Context) Report {
	refreshed, err := r.useUpRefreshToken(ctx)
	if isUnreachable(err) {
		return r.notAsked(err)
	}
	report := r.revoke(ctx)
	return refreshed().combine(report)
}

// notAsked is for a platform that a proxy, a certificate or TLS keeps out of reach. Nothing more is sent: a proxy may lock an
// account whose password it gets too often.
func (r *revoker) notAsked(err error) Report {
	return Report{Outcome: Unknown, Reason: err.Error(), Err: err, Dies: r.state.ExpiresAt}
}

func (r *revoker) revoke(ctx context.Context) Report {
	for pause := firstRevokePause; ; pause *= 2 {
		report, refused := r.attempt(ctx)
		again := refused && pause <= longestRevokePause && hasTime(ctx, pause+probeReserve)
		if !again {
			return report
		}
		r.log.Info(fmt.Sprintf("revoking once more in %s: %s", pause, report))
		if !httpapi.Sleep(ctx, pause) {
			return report
		}
	}
}

// method is one way to revoke a token. found is false where JFrog says that it knows no such token.
type method struct {
	what string
	send func(context.Context) (found bool, err error)
}

// methods are the ways to revoke this token, the usual one first. Servers before 7.53.1 don't know "me". Only its creator
// can revoke a token of the legacy API: it isn't accepted where it could revoke itself.
func (r *revoker) methods() []method {
	token := r.state.AccessToken.Secret
	if r.state.Legacy {
		return []method{{"legacy", func(ctx context.Context) (bool, error) {
			return true, r.api.RevokeLegacy(ctx, r.state.creator(), token)
		}}}
	}
	methods := []method{{"self", func(ctx context.Context) (bool, error) { return r.api.RevokeSelf(ctx, token) }}}
	if r.state.TokenID == "" {
		return methods
	}
	return append(methods, method{"id", func(ctx context.Context) (bool, error) {
		return true, r.api.RevokeID(ctx, jfrog.Credentials{Token: token}, r.state.TokenID)
	}})
}

// endpoints are where this token is used.
func (r *revoker) endpoints() []jfrog.Endpoint {
	if r.state.Legacy {
		return []jfrog.Endpoint{jfrog.ArtifactoryEndpoint}
	}
	return []jfrog.Endpoint{jfrog.AccessEndpoint, jfrog.ArtifactoryEndpoint}
}

// attempt tries each method once, until one is enough. refused is whether the last of them was refused in a way that may be
// that of a node which lags behind, or of a gateway.
func (r *revoker) attempt(ctx context.Context) (report Report, refused bool) {
	methods := r.methods()
	for i, method := range methods {
		var found bool
		err := sendRevocation(ctx, r.log, 0, func(ctx context.Context) (err error) {
			found, err = method.send(ctx)
			return err
		})
		if isUnreachable(err) {
			return r.notAsked(err), false
		}
		answer := answerTo(err, r.state.Revocable || r.state.Legacy)
		if r.short && (answer == revocationImpossible || answer == revocationOfShort && !found) {
			return Report{Outcome: NotRevocable, Dies: r.state.ExpiresAt, Err: err}, false
		}
		last := i == len(methods)-1
		var more bool
		report, more = r.prove(ctx, answer, err, last)
		refused = report.Outcome == StillAlive && (answer == revocationRefused || isForeignRefusal(err)) ||
			answer == revocationRefused && jfrog.RefusalOf(report.Err) == jfrog.Refused
		if !more {
			break
		}
	}
	return report, refused
}

// prove asks with the token until its outcome is known. more is whether it is still accepted and the next method may help.
func (r *revoker) prove(ctx context.Context, answer revocationAnswer, err error, last bool) (report Report, more bool) {
	window, cancel := context.WithTimeoutCause(ctx, proofWindow, fmt.Errorf("no refusal within %s (limit of the proof)", proofWindow))
	defer cancel()
	without := 0 // probes without an answer of JFrog's that could come a moment later
	for pause := firstProbePause; ; pause = min(2*pause, longestProbePause) {
		probe := r.probe(window)
		if window.Err() != nil && report.Outcome == StillAlive {
			return report.endedBy(window), false // this probe was cut off
		}
		report = probe.report(answer, err, r.state.ExpiresAt)
		// To an old server "me" is an id like any other, and the revocation was one of nothing. One that exchanges ID tokens isn't old.
		notMe := !r.state.Exchanged && probe.results[0] == jfrog.NotFound && !jfrog.IsNotRevocable(err)
		if !last && stateOf(probe.results) == stateAccepted && (answer == revocationRefused || notMe) {
			return report, true
		}
		if report.Outcome != StillAlive && report.Outcome != Unknown {
			return report, false
		}
		if report.Outcome == StillAlive && answer != revocationAccepted && answer != revocationSaysRevoked {
			return report, false
		}
		if report.Outcome == Unknown && !httpapi.IsTemporary(probe.err) {
			if without++; without == probeAttempts {
				return report, false
			}
		}
		pause = r.probePause(window, pause, httpapi.RetryAfter(probe.err))
		if !httpapi.Sleep(window, pause) {
			return report.endedBy(window), false
		}
	}
}

// endedBy adds to a token that is still accepted how long the server was asked.
func (r Report) endedBy(window context.Context) Report {
	if r.Outcome == StillAlive {
		r.Reason += ": " + context.Cause(window).Error()
	}
	return r
}

// probePause is max(pause, asked), capped so that one more probe fits.
func (r *revoker) probePause(ctx context.Context, pause, asked time.Duration) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		asked = min(asked, time.Until(deadline)-finalAttempt)
	}
	return max(pause, asked)
}

// probe is what the endpoints said of the token at one moment.
type probe struct {
	results []jfrog.ProbeResult // by endpoint, Access first
	refusal error               // JFrog's words of the most telling refusal
	err     error               // why there is no answer, where there is none
}

// probe asks all endpoints at once.
func (r *revoker) probe(ctx context.Context) probe {
	type answer struct {
		place  int
		result jfrog.ProbeResult
		err    error
	}
	endpoints := r.endpoints()
	answers := make(chan answer, len(endpoints))
	for i, endpoint := range endpoints {
		go func() {
			ctx, cancel := context.WithTimeoutCause(ctx, perAttempt, fmt.Errorf("no answer within %s (limit of one attempt)", perAttempt))
			defer cancel()
			result, err := r.api.Probe(ctx, endpoint, r.state.AccessToken.Secret)
			answers <- answer{i, result, err}
		}()
	}
	all, errs := make([]jfrog.ProbeResult, len(endpoints)), make([]error, len(endpoints))
	for range endpoints {
		a := <-answers
		all[a.place], errs[a.place] = a.result, a.err
	}
	p := probe{results: all}
	for i, result := range all {
		switch {
		case result == jfrog.Accepted:
		case result == jfrog.NoAnswer || result == jfrog.NotFound:
			if p.err == nil || httpapi.IsTemporary(errs[i]) {
				p.err = errs[i]
			}
		case p.refusal == nil || result > all[0]:
			p.refusal = errs[i]
		}
	}
	return p
}

// report applies the rule to a probe of a token with this end.
func (p probe) report(answer revocationAnswer, err error, dies time.Time) Report {
	report := Report{Outcome: outcomes()[answer][stateOf(p.results)], Err: err, Dies: dies}
	switch report.Outcome {
	case StillAlive:
		report.Reason = "the server accepted the revocation and still accepts the token"
		if err != nil {
			report.Reason = err.Error()
		}
	case RefusedForAnotherReason:
		report.Reason, report.Err = words(p.refusal), p.refusal
	case Unknown:
		report.Reason, report.Err = p.err.Error(), p.err
	case Revoked, Expired:
		report.Err = nil
	case NotRevocable:
	}
	return report
}

// words are JFrog's own words of a refusal.
func words(err error) string {
	refusal, ok := errors.AsType[*httpapi.Error](err)
	if !ok {
		return "no reason"
	}
	return strings.TrimSpace(refusal.Message + " " + refusal.Detail)
}

func hasTime(ctx context.Context, needed time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) >= needed
}
