//go:build linux

package proof

import (
	"fmt"
	"slices"
	"strings"
)

// tableFault is one fault of the table.
type tableFault struct {
	name  string // in the table; the fault's own text if empty
	fault string // as the sandbox reads it, without the endpoint
	// passes is whether the server can be reached again before the budget ends: no token may then be left alive.
	passes bool
	// only are the phases in which the fault means anything; nil for all.
	only []string
	// clock is for a fault of the whole server; where a job is under way it strikes everywhere.
	clock bool
}

func (f tableFault) String() string {
	if f.name != "" {
		return f.name
	}
	return f.fault
}

// budget is the input timeout of every job of the table, in seconds.
const budget = 6

// tableFaults are the faults of the table. elsewhere is a server that nobody named, to redirect to.
func tableFaults(elsewhere string) []tableFault {
	// The phases in which what ends the token is repeated until the budget ends.
	patient := []string{"verify", "revoke", "revoke, legacy API", "probe"}
	list := []tableFault{
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
			tableFault{name: fmt.Sprintf("status %d once", status), fault: fmt.Sprintf("status=%d,times=1", status), passes: true},
			tableFault{name: fmt.Sprintf("status %d twice", status), fault: fmt.Sprintf("status=%d,times=2", status), passes: true},
			tableFault{name: fmt.Sprintf("status %d always", status), fault: fmt.Sprintf("status=%d", status)})
	}
	return append(list,
		tableFault{name: "reset for 1 s", fault: "reset,for=1s", passes: true},
		tableFault{name: "status 503 for 1 s", fault: "status=503,for=1s", passes: true},
		tableFault{name: "reset for 4 s", fault: "reset,for=4s", passes: true, only: patient},
		tableFault{name: "status 503 for 4 s", fault: "status=503,for=4s", passes: true, only: patient},
		tableFault{name: "Retry-After: 1", fault: "retry-after=1", passes: true},
		tableFault{name: "Retry-After: 1, twice", fault: "retry-after=1,times=2", passes: true},
		tableFault{name: "Retry-After: a date in 2 s", fault: "retry-after=+2", passes: true},
		tableFault{name: "Retry-After: 60", fault: "retry-after=60", passes: true},
		tableFault{name: "Retry-After: 60, always", fault: "retry-after=60,times=1000"},
		tableFault{name: "a byte in 2 s", fault: "slow=0.5"},
		tableFault{name: "huge once", fault: "huge,times=1", passes: true},
		tableFault{name: "huge always", fault: "huge"},
		tableFault{name: "HTML with 200 once", fault: "html,times=1", passes: true},
		tableFault{name: "HTML with 200 always", fault: "html"},
		tableFault{name: "truncate once", fault: "truncate,times=1", passes: true},
		tableFault{name: "truncate always", fault: "truncate"},
		tableFault{name: "redirect to another host", fault: "redirect=" + elsewhere},
		tableFault{fault: "deep"},
		tableFault{name: "header-flood once", fault: "header-flood,times=1", passes: true},
		tableFault{name: "header-flood always", fault: "header-flood"},
		tableFault{fault: "clock-skew=10m", passes: true, clock: true},
		tableFault{fault: "clock-skew=-10m", passes: true, clock: true},
		tableFault{fault: "clock-skew=2h", clock: true},
		tableFault{fault: "clock-skew=-2h", clock: true},
		tableFault{name: "broader-scope", fault: "broader-scope=applied-permissions/admin", passes: true, only: []string{"exchange, no mint", "mint", "mint for oneself"}},
		tableFault{fault: "not-revocable", only: []string{"verify", "revoke", "revoke, legacy API"}},
		tableFault{fault: "revoke-lag=3s", passes: true, only: []string{"probe"}},
		tableFault{fault: "revoke-lag=60s", passes: true, only: []string{"probe"}},
	)
}

// fits reports whether a fault belongs into a phase.
func (f tableFault) fits(p phase) bool {
	switch {
	case f.only != nil:
		return slices.Contains(f.only, p.name)
	case p.few:
		return slices.Contains([]string{"latency=0s", "latency=60s", "reset,times=1", "reset", "commit-then-drop", "status=500", "status=503", "status=401", "status=403"}, f.fault)
	}
	return !p.some || isOfEachKind(f)
}

// isOfEachKind picks the faults for a phase that is like another: one of each kind.
func isOfEachKind(f tableFault) bool {
	return f.fault == "latency=0s" || f.fault == "latency=60s" || strings.HasPrefix(f.fault, "commit") || strings.HasPrefix(f.fault, "reset") ||
		strings.HasPrefix(f.fault, "truncate") || strings.HasPrefix(f.fault, "html") ||
		slices.Contains([]string{"status=500,times=1", "status=500", "status=503,times=1", "status=503", "status=504,times=1", "status=403,times=2", "status=403", "status=401,times=1", "status=401", "retry-after=1"}, f.fault)
}

// foreignFaults are answers that aren't JFrog's: a page or a gateway's JSON instead of the work, or a page after it. JFrog
// still carries out what comes after them, so that where the work was done nothing may be left alive.
func foreignFaults(p phase) []tableFault {
	statuses, oauth := []int{302, 400, 401, 403, 404, 406, 407, 413, 501, 522, 101}, []int{400, 401, 403}
	switch {
	case p.few:
		statuses, oauth = []int{404}, nil
	case p.some || p.at == "idtoken":
		statuses, oauth = []int{404, 522}, []int{403}
	}
	var list []tableFault
	for _, status := range statuses {
		list = append(list,
			tableFault{name: fmt.Sprintf("a page, %d", status), fault: fmt.Sprintf("page=%d", status)},
			tableFault{name: fmt.Sprintf("a gateway's JSON, %d", status), fault: fmt.Sprintf("gateway=%d", status)},
			tableFault{name: fmt.Sprintf("a page, %d, after the work", status), fault: fmt.Sprintf("commit-then-page=%d", status), passes: p.at != "list"})
	}
	for _, status := range oauth {
		list = append(list, tableFault{name: fmt.Sprintf("OAuth's JSON, %d", status), fault: fmt.Sprintf("gateway=%d:oauth", status)})
	}
	if p.at == "revoke" || p.at == "probe" || p.at == "list" {
		// The four attempts of a listing that is refused begin within 0.875 s where chance makes every pause its shortest.
		list = append(list,
			tableFault{name: "a page, 403, once", fault: "page=403,times=1", passes: true},
			tableFault{name: "a page, 404, for 0.8 s", fault: "page=404:text,for=800ms", passes: true},
			tableFault{name: "a page, 200, for 1 s", fault: "page=200,for=1s", passes: true})
	}
	return list
}
