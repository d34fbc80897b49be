package action

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// says is an answer: a status and a body.
type says struct {
	status int
	body   string
}

// Bodies in JFrog's forms, as Access and Artifactory write them, and in those of gateways.
func accessSays(status int, code, message string) says {
	return says{status, `{"errors":[{"code":"` + code + `","message":"` + message + `"}]}`}
}

func artifactorySays(message string) says {
	return says{401, `{"errors":[{"status":401,"message":"` + message + `"}]}`}
}

func unauthorized(message string) says { return accessSays(401, "UNAUTHORIZED", message) }

var (
	accepts     = says{200, `{"version":"7.111.4"}`}
	reasonless  = unauthorized("HTTP 401 Unauthorized")
	gateway     = says{401, `{"message":"Unauthorized"}`}
	gatewayCode = says{401, `{"statusCode":401,"error":"Unauthorized","message":"Invalid token, revoked"}`}
	silence     = says{}
)

// fakeJFrog answers a revocation and the two endpoints of the proof as it is told.
type fakeJFrog struct {
	revocation, access, artifactory says

	mu      sync.Mutex
	deletes []string
	probes  int
}

func (f *fakeJFrog) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer := f.artifactory
	switch {
	case r.Method == http.MethodDelete:
		answer = f.revocation
		f.deletes = append(f.deletes, r.URL.Path)
	case strings.HasPrefix(r.URL.Path, "/access/"):
		answer = f.access
		f.probes++
	}
	if answer.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		StatusCode: answer.status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(answer.body)), Request: r,
	}, nil
}

// revoke revokes a token that lives for another hour.
func (f *fakeJFrog) revoke(t *testing.T, revocable bool) Report {
	t.Helper()
	client := &Client{Transport: f}
	return client.Revoke(t.Context(), State{
		URL: "https://acme.jfrog.io", AccessToken: redact.Clear{Secret: NewSecret("a.b.c")}, TokenID: "an-id", Revocable: revocable,
		ExpiresAt: time.Now().Add(time.Hour),
	})
}

// proofRow is one answer to a revocation, with what the token is then called.
type proofRow struct {
	name       string
	answer     revocationAnswer
	revocation says
	short      bool
	// By what the endpoints say: no answer, accepted, revoked, expired, refused, not ours.
	want [6]Outcome
}

// proofColumns are what Access and Artifactory say, by tokenState.
var proofColumns = [6]struct {
	name                string
	state               tokenState
	access, artifactory says
}{
	{"no answer", stateUnknown, gateway, artifactorySays("Token failed verification: revoked")},
	{"accepted", stateAccepted, unauthorized("Invalid token, revoked"), accepts},
	{"revoked", stateSaysRevoked, unauthorized("Invalid token, revoked"), artifactorySays("Bad credentials")},
	{"expired", stateSaysExpired, reasonless, artifactorySays("Token failed verification: expired")},
	{"refused", stateRefused, reasonless, artifactorySays("Bad credentials")},
	{"not ours", stateNotOurs, unauthorized("Invalid token, signature"), artifactorySays("Token failed verification: parse")},
}

func proofRows() []proofRow {
	notRevocable := says{400, `{"errors":[{"code":"BAD_REQUEST","message":"Token not revocable","detail":"Token not revocable. Token expirationTimeMillis: 1673028200098"}]}`}
	const other = RefusedForAnotherReason
	return []proofRow{
		{"2xx", revocationAccepted, says{204, ""}, false, [6]Outcome{Unknown, StillAlive, Revoked, Expired, Revoked, other}},
		{"2xx for a short token", revocationOfShort, says{204, ""}, true, [6]Outcome{Unknown, NotRevocable, Revoked, Expired, Revoked, other}},
		{"Token not revocable", revocationImpossible, notRevocable, true, [6]Outcome{NotRevocable, NotRevocable, Revoked, Expired, other, other}},
		{"refused", revocationRefused, accessSays(403, "FORBIDDEN", "Forbidden"), false, [6]Outcome{Unknown, StillAlive, Revoked, Expired, other, other}},
		{"the token is revoked", revocationSaysRevoked, unauthorized("Invalid token, revoked"), false, [6]Outcome{Unknown, StillAlive, Revoked, Expired, Revoked, other}},
		{"the token has expired", revocationSaysExpired, unauthorized("Invalid token, expired"), false, [6]Outcome{Unknown, StillAlive, Revoked, Expired, Expired, other}},
		{"no answer", revocationUnanswered, gateway, false, [6]Outcome{Unknown, StillAlive, Revoked, Expired, other, other}},
	}
}

func TestOutcomes_ByAnswerAndState(t *testing.T) {
	t.Parallel()
	table := outcomes()
	if len(table) != len(proofRows()) {
		t.Errorf("%d rows", len(table))
	}
	for _, row := range proofRows() {
		for i, column := range proofColumns {
			if got := table[row.answer][column.state]; got != row.want[i] || int(column.state) != i {
				t.Errorf("revocation %q, endpoints %q: %q, want %q", row.name, column.name, got, row.want[i])
			}
		}
	}
}

// The same through everything that leads to the table.
func TestRevoke_CallsATokenByAnswerAndState(t *testing.T) {
	t.Parallel()
	for _, row := range proofRows() {
		for i, column := range proofColumns {
			t.Run(row.name+"/"+column.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					server := &fakeJFrog{revocation: row.revocation, access: column.access, artifactory: column.artifactory}
					report := server.revoke(t, !row.short)
					if report.Outcome != row.want[i] {
						t.Errorf("got %s, want %q", report, row.want[i])
					}
					if dead := report.Outcome == Revoked || report.Outcome == Expired; report.Dead() != dead || dead && report.Err != nil {
						t.Errorf("%s: dead %v, error %v", report, report.Dead(), report.Err)
					}
					if needsReason := report.Outcome == Unknown || report.Outcome == StillAlive || report.Outcome == other(); needsReason == (report.Reason == "") {
						t.Errorf("%s: reason %q", report, report.Reason)
					}
				})
			})
		}
	}
}

func other() Outcome { return RefusedForAnotherReason }

// A token that is known as short isn't revocable whatever JFrog answers, and nobody waits for it to die.
func TestRevoke_CallsAShortTokenNotRevocableAtOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]says{
		"204": {204, ""}, "200": {200, ""}, "404": accessSays(404, "NOT_FOUND", "Token not found"), "405": accessSays(405, "METHOD_NOT_ALLOWED", "HTTP 405 Method Not Allowed"),
		"400": accessSays(400, "BAD_REQUEST", "Token not revocable"), "400 of another kind": accessSays(400, "BAD_REQUEST", "Invalid token id"),
	} {
		for endpoint, access := range map[string]says{"accepted": accepts, "not stored": accessSays(404, "NOT_FOUND", "Token not found")} {
			t.Run(name+" "+endpoint, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					report := (&fakeJFrog{revocation: answer, access: access, artifactory: accepts}).revoke(t, false)
					if report.Outcome != NotRevocable || report.Took >= time.Second || report.Dead() || !strings.Contains(report.String(), "dies by itself at 2000-01-01T01:00:00Z") {
						t.Errorf("after %s: %s", report.Took, report)
					}
				})
			})
		}
	}
}

// Without a revocation that JFrog accepted, a refusal without a reason proves nothing.
func TestRevoke_TakesARefusedRevocationForNone(t *testing.T) {
	t.Parallel()
	for _, answer := range []says{
		accessSays(404, "NOT_FOUND", "Token not found"), accessSays(400, "BAD_REQUEST", "Invalid token id"), accessSays(403, "FORBIDDEN", "Forbidden"), reasonless,
	} {
		for _, revocable := range []bool{true, false} {
			t.Run(fmt.Sprint(answer.status, " ", revocable), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					report := (&fakeJFrog{revocation: answer, access: reasonless, artifactory: artifactorySays("Bad credentials")}).revoke(t, revocable)
					if report.Outcome != RefusedForAnotherReason || !strings.Contains(report.Reason, "401 Unauthorized") {
						t.Errorf("got %s", report)
					}
				})
			})
		}
	}
}

// A gateway that says 401 to everything says nothing of the token.
func TestRevoke_ProvesNothingByAGateway(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]says{
		"message":          gateway,
		"status code":      gatewayCode,
		"code as number":   {401, `{"code":401,"message":"Invalid token, revoked"}`},
		"Spring":           {401, `{"timestamp":"2026-01-01T00:00:00Z","status":401,"error":"Unauthorized","path":"/access"}`},
		"OAuth":            {401, `{"error":"invalid_token","error_description":"The token was revoked"}`},
		"JFrog's envelope": {401, `{"errors":[{"code":"UNAUTHORIZED","message":"Unauthorized"}]}`},
		"HTML":             {401, "<html><title>Token revoked</title>401 Authorization Required</html>"},
		"text":             {401, "Invalid token, revoked"},
		"HTML, 200":        {200, "<html><title>Sign in</title></html>"},
		"redirect":         {302, ""},
		"403":              {403, `{"message":"Forbidden"}`},
		"404":              {404, "default backend - 404"},
		"empty 401":        {401, ""},
		"outage":           {503, "<html>503</html>"},
		"silence":          silence,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &fakeJFrog{revocation: answer, access: answer, artifactory: answer}
				if report := server.revoke(t, true); report.Outcome != Unknown || report.Dead() || report.Reason == "" || report.Err == nil {
					t.Errorf("got %s", report)
				}
			})
		})
	}
}

// The clock of this machine says nothing of the token either.
func TestRevoke_NeverCallsATokenExpiredByItsClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := &Client{Transport: &fakeJFrog{}}
		report := client.Revoke(t.Context(), State{
			URL: "https://acme.jfrog.io", AccessToken: redact.Clear{Secret: NewSecret("a.b.c")}, ExpiresAt: time.Now().Add(-time.Hour), TimeoutSeconds: 20,
		})
		if report.Outcome != Unknown || report.Dead() || report.Took > 20*time.Second {
			t.Errorf("after %s: %s", report.Took, report)
		}
	})
}

// Another platform refuses the token too. It lives on at home.
func TestRevoke_ProvesNothingByAnotherPlatform(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		foreign := unauthorized("Invalid token, signature")
		server := &fakeJFrog{revocation: foreign, access: foreign, artifactory: artifactorySays("Token failed verification: signature")}
		report := server.revoke(t, true)
		if report.Outcome != RefusedForAnotherReason || !strings.Contains(report.String(), "refused, but not because of us (") || !strings.Contains(report.Reason, "signature") || report.Took >= time.Second {
			t.Errorf("after %s: %s", report.Took, report)
		}
	})
}

// A token that one endpoint still accepts is asked about again for half a minute, and is then called alive.
func TestRevoke_AsksForHalfAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &fakeJFrog{revocation: says{204, ""}, access: unauthorized("Invalid token, revoked"), artifactory: accepts}
		report := server.revoke(t, true)
		if report.Outcome != StillAlive || report.Took < 28*time.Second || report.Took > proofWindow || server.probes < 15 {
			t.Errorf("after %s and %d probes: %s", report.Took, server.probes, report)
		}
	})
}

// What the endpoints say together: one that accepts the token outweighs all, one without an answer all that refuse it.
func TestStateOf(t *testing.T) {
	t.Parallel()
	const (
		no, yes, absent, plain  = jfrog.NoAnswer, jfrog.Accepted, jfrog.NotFound, jfrog.Refused
		revoked, expired, alien = jfrog.SaysRevoked, jfrog.SaysExpired, jfrog.SaysNotOurs
	)
	for _, test := range []struct {
		one, two jfrog.ProbeResult
		want     tokenState
	}{
		{yes, yes, stateAccepted}, {yes, no, stateAccepted}, {yes, revoked, stateAccepted}, {absent, revoked, stateUnknown}, {absent, no, stateUnknown}, {absent, yes, stateAccepted},
		{no, no, stateUnknown}, {no, revoked, stateUnknown}, {no, expired, stateUnknown}, {no, plain, stateUnknown}, {no, alien, stateUnknown},
		{revoked, plain, stateSaysRevoked}, {revoked, expired, stateSaysRevoked}, {revoked, alien, stateNotOurs},
		{expired, plain, stateSaysExpired}, {expired, alien, stateNotOurs}, {alien, plain, stateNotOurs}, {plain, plain, stateRefused},
	} {
		for _, results := range [][]jfrog.ProbeResult{{test.one, test.two}, {test.two, test.one}} {
			if got := stateOf(results); got != test.want {
				t.Errorf("%v: %d, want %d", results, got, test.want)
			}
		}
	}
}
