//go:build linux

package proof

import (
	"fmt"
	"slices"
)

// trouble is one fault of the table.
type trouble struct {
	name  string // in the table; the fault's own text if empty
	fault string // as the sandbox reads it, without the endpoint
	// passes is whether the server can be reached again before the budget ends: no token may then be left alive.
	passes bool
	// only are the stages in which the fault means anything; nil for all.
	only []string
	// clock is for a fault of the whole server; where a job is under way it strikes everywhere.
	clock bool
}

func (f trouble) String() string {
	if f.name != "" {
		return f.name
	}
	return f.fault
}

// budget is the input timeout of every job of the table, in seconds.
const budget = 6

// troubles are the faults of the table. elsewhere is a server that nobody named, to redirect to.
func troubles(elsewhere string) []trouble {
	// The stages in which what ends the token is repeated until the budget ends.
	patient := []string{"verify", "revoke", "revoke, older API", "probe"}
	list := []trouble{
		{name: "none", fault: "latency=0s", passes: true},
		{fault: "latency=300ms", passes: true},
		{fault: "latency=60s"},
		{fault: "latency-before=300ms", passes: true},
		{fault: "latency-before=60s"},
		{name: "reset once", fault: "reset,times=1", passes: true},
		{name: "reset always", fault: "reset"},
		{name: "commit-then-drop once", fault: "commit-then-drop,times=1", passes: true},
		{name: "commit-then-drop twice", fault: "commit-then-drop,times=2", passes: true},
		{name: "commit-then-drop always", fault: "commit-then-drop"},
	}
	for _, status := range []int{429, 500, 502, 503, 504, 401, 403, 404} {
		list = append(list,
			trouble{name: fmt.Sprintf("status %d once", status), fault: fmt.Sprintf("status=%d,times=1", status), passes: true},
			trouble{name: fmt.Sprintf("status %d twice", status), fault: fmt.Sprintf("status=%d,times=2", status), passes: true},
			trouble{name: fmt.Sprintf("status %d always", status), fault: fmt.Sprintf("status=%d", status)})
	}
	return append(list,
		trouble{name: "reset for 1 s", fault: "reset,for=1s", passes: true},
		trouble{name: "status 503 for 1 s", fault: "status=503,for=1s", passes: true},
		trouble{name: "reset for 4 s", fault: "reset,for=4s", passes: true, only: patient},
		trouble{name: "status 503 for 4 s", fault: "status=503,for=4s", passes: true, only: patient},
		trouble{name: "Retry-After: 1", fault: "retry-after=1", passes: true},
		trouble{name: "Retry-After: 1, twice", fault: "retry-after=1,times=2", passes: true},
		trouble{name: "Retry-After: a date in 2 s", fault: "retry-after=+2", passes: true},
		trouble{name: "Retry-After: 60", fault: "retry-after=60"},
		trouble{name: "a byte in 2 s", fault: "slow=0.5"},
		trouble{name: "huge once", fault: "huge,times=1", passes: true},
		trouble{name: "huge always", fault: "huge"},
		trouble{name: "HTML with 200 once", fault: "html,times=1", passes: true},
		trouble{name: "HTML with 200 always", fault: "html"},
		trouble{name: "truncate once", fault: "truncate,times=1", passes: true},
		trouble{name: "truncate always", fault: "truncate"},
		trouble{name: "redirect to another host", fault: "redirect=" + elsewhere},
		trouble{fault: "deep"},
		trouble{name: "header-flood once", fault: "header-flood,times=1", passes: true},
		trouble{name: "header-flood always", fault: "header-flood"},
		trouble{fault: "clock-skew=10m", passes: true, clock: true},
		trouble{fault: "clock-skew=-10m", passes: true, clock: true},
		trouble{fault: "clock-skew=2h", clock: true},
		trouble{fault: "clock-skew=-2h", clock: true},
		trouble{name: "broader-scope", fault: "broader-scope=applied-permissions/admin", passes: true, only: []string{"exchange, no mint", "mint", "mint for oneself"}},
		trouble{fault: "not-revocable", only: []string{"verify", "revoke", "revoke, older API"}},
		trouble{fault: "revoke-lag=3s", passes: true, only: []string{"probe"}},
		trouble{fault: "revoke-lag=60s", passes: true, only: []string{"probe"}},
	)
}

// stage is one stage of a job, at which the faults of the table strike.
type stage struct {
	name   string
	what   string // for the reader of the table
	at     string // the endpoint
	inputs map[string]string
	before []string // faults that stand at other endpoints all the time
	post   bool     // the faults begin after the main stage
	some   bool     // only one fault of each kind, for a stage that is like another
	blind  bool     // what a lost answer left can't be looked for; the report names it
}

// The credentials of the jobs. maker is an administrator with a password that is no word.
const (
	maker         = "maker"
	makerPassword = "Hk3-vq9Zp_w77Xb2"
)

// minting are the inputs of a job that mints with an administrator's token, which newCell fills in; more are names and values.
func minting(more ...string) map[string]string {
	inputs := map[string]string{"access-token": "", "groups": "CI", "reference": "true", "refreshable": "true"}
	for pair := range slices.Chunk(more, 2) {
		inputs[pair[0]] = pair[1]
	}
	return inputs
}

func stages() []stage {
	provider := func(name string) map[string]string { return map[string]string{"oidc-provider-name": name} }
	broker := map[string]string{"oidc-provider-name": "github-broker", "groups": "CI"}
	older := map[string]string{"user": maker, "password": makerPassword, "groups": "CI", "api": "legacy"}
	return []stage{
		{name: "ID token", what: "the runner is asked for the job's ID token", at: "idtoken", inputs: broker},
		{name: "exchange", what: "JFrog is asked to exchange it (a mapping to an administrator)", at: "exchange", inputs: broker},
		{name: "exchange for a user", what: "the same with a mapping to a user, whose token is then traded for a revocable one", at: "exchange", inputs: provider("github-user"), some: true},
		{name: "exchange, no mint", what: "the same with a mapping for groups, whose token is the job's as it is", at: "exchange", inputs: map[string]string{"oidc-provider-name": "github", "groups": "CI", "mint": "never"}, some: true},
		{name: "mint", what: "the job's token is minted, by an administrator's token", at: "mint", inputs: minting()},
		{name: "mint for oneself", what: "it is minted from the exchanged token of a user", at: "mint", inputs: provider("github-user"), some: true},
		{name: "mint, older API", what: "it is minted by the older API: a token whose answer was lost can't be looked for there, and is named", at: "legacy-mint", inputs: older, some: true, blind: true},
		{name: "lookup", what: "the mint's first answer was lost, and JFrog is asked for what it made", at: "list", inputs: minting(), before: []string{"commit-then-drop,times=1@mint"}, some: true},
		{name: "verify", what: "JFrog granted more than was asked, and the token is taken back at once", at: "revoke", inputs: minting(), before: []string{"broader-scope=applied-permissions/admin@mint"}},
		{name: "revoke", what: "the post stage revokes the token", at: "revoke", inputs: minting(), post: true},
		{name: "revoke, older API", what: "the same for a token of the older API, with the creator's password", at: "revoke", inputs: older, post: true, some: true},
		{name: "probe", what: "the post stage asks with the token whether it is dead", at: "probe", inputs: minting(), post: true},
	}
}
