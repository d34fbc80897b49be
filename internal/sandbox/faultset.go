package sandbox

import (
	"slices"
	"sync"
	"time"
)

// faultSet is the server's faults with how often each has struck.
type faultSet struct {
	mu      sync.Mutex
	faults  []Fault
	struck  map[strike]strikes
	allowed map[int][]time.Time // by place of a rate limit: the requests that it let through in the last second
	total   int
}

type strike struct {
	fault int
	at    Endpoint
}

type strikes struct {
	times int
	first time.Time
}

func (fs *faultSet) set(faults []Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.faults, fs.struck, fs.allowed = slices.Clone(faults), map[strike]strikes{}, map[int][]time.Time{}
	for i := range fs.faults {
		fs.faults[i].place = i
	}
}

// SetFaults replaces the server's faults while it runs and starts their counts anew.
func (s *Server) SetFaults(faults ...Fault) { s.faults.set(faults) }

// FaultsStruck is how often faults have struck since the server began, each counted for itself.
func (s *Server) FaultsStruck() int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.total
}

// take returns the faults that strike a request now arriving at the endpoint, and counts them.
func (fs *faultSet) take(at Endpoint, now time.Time) activeFaults {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	all := activeFaults(slices.Clone(fs.faults))
	due := slices.DeleteFunc(all, func(f Fault) bool { return !f.standsAt(at) || fs.over(f, at, now) })
	active := slices.DeleteFunc(slices.Clone(due), func(f Fault) bool { return f.suppressedBy(due) })
	for _, f := range active {
		past := fs.struck[f.strikeAt(at)]
		if past.times == 0 {
			past.first = now
		}
		past.times++
		fs.total++
		fs.struck[f.strikeAt(at)] = past
	}
	if _, refused := active.find(refusals()...); !refused {
		fs.allow(at, now)
	}
	return active
}

// standsAt tells where a fault can strike: without an endpoint of its own at all that have a name.
func (f Fault) standsAt(at Endpoint) bool {
	switch {
	case f.at != "":
		return f.at == at
	case f.name == "outage":
		return true
	case f.name == "rate-limit":
		return at == EndpointMint || at == EndpointLegacyMint
	}
	return at != ""
}

// strikeAt is what a fault's times are counted by: an outage begins for the whole server at once.
func (f Fault) strikeAt(at Endpoint) strike {
	if f.name == "outage" {
		at = f.at
	}
	return strike{f.place, at}
}

// over reports whether a fault doesn't strike, because it has often or long enough or its limit isn't reached.
func (fs *faultSet) over(f Fault, at Endpoint, now time.Time) bool {
	s := fs.struck[f.strikeAt(at)]
	if f.times > 0 && s.times >= f.times || f.lasts > 0 && s.times > 0 && now.Sub(s.first) >= f.lasts {
		return true
	}
	return f.name == "rate-limit" && float64(len(fs.lastSecond(f, now))) < f.number
}

func (fs *faultSet) lastSecond(f Fault, now time.Time) []time.Time {
	recent := fs.allowed[f.place]
	for len(recent) > 0 && now.Sub(recent[0]) >= time.Second {
		recent = recent[1:]
	}
	return recent
}

// allow counts a request that nothing refused against the limits at its endpoint.
func (fs *faultSet) allow(at Endpoint, now time.Time) {
	for _, f := range fs.faults {
		if f.name == "rate-limit" && f.standsAt(at) {
			fs.allowed[f.place] = append(fs.lastSecond(f, now), now)
		}
	}
}

// skew is how far the clock is off at an endpoint; what no fault can stand at follows the faults that stand at all.
func (fs *faultSet) skew(at Endpoint) (off time.Duration) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.faults {
		if f.name == "clock-skew" && (f.at == "" || f.at == at) {
			off += f.duration
		}
	}
	return off
}

// activeFaults are those that strike one request.
type activeFaults []Fault

// refusals are the faults that answer, or break off, instead of the work. A request meets the first of them only.
func refusals() []string {
	return []string{"reset", "status", "page", "gateway", "outage", "retry-after", "rate-limit", "redirect"}
}

// suppressedBy reports whether the others leave f nothing to do with the request: its turn, if it has a number of them,
// comes later. It follows from the order in which before, after and deliver act.
func (f Fault) suppressedBy(others activeFaults) bool {
	first := func(names ...string) bool { // of others, among those with the names
		other, found := others.find(names...)
		return found && other.place < f.place
	}
	refusal, refused := others.find(refusals()...)
	silent := refusal.name == "reset" || !refused && others.has("commit-then-drop")
	switch f.name {
	case "latency":
		return refusal.name == "reset" || first("commit-then-drop")
	case "commit-then-drop":
		return refused || first("commit-then-drop")
	case "commit-then-page", "html":
		return refused || silent || first("commit-then-page", "html")
	case "broader-scope", "not-revocable":
		return refused
	case "truncate", "header-flood", "slow":
		return silent || first("truncate", "header-flood", "slow")
	case "huge", "deep":
		return silent
	case "revoke-lag", "clock-skew":
		return false
	}
	return first(refusals()...) // the refusals themselves, and latency-before
}

// find returns the first fault that has one of the names.
func (fs activeFaults) find(names ...string) (Fault, bool) {
	i := slices.IndexFunc(fs, func(f Fault) bool { return slices.Contains(names, f.name) })
	if i < 0 {
		return Fault{}, false
	}
	return fs[i], true
}

func (fs activeFaults) has(name string) bool {
	_, found := fs.find(name)
	return found
}

func (fs activeFaults) revokeLag() time.Duration {
	f, _ := fs.find("revoke-lag")
	return f.duration
}
