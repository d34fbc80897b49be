package sandbox

import (
	"slices"
	"sync"
	"time"
)

// faultSet is the server's faults with how often each has struck.
type faultSet struct {
	mu     sync.Mutex
	faults []Fault
	struck map[strike]strikes
	total  int
}

type strike struct {
	fault int
	at    Endpoint
}

type strikes struct {
	times int
	first time.Time
}

// over reports whether a fault has struck often or long enough.
func (f Fault) over(s strikes, now time.Time) bool {
	return f.times > 0 && s.times >= f.times || f.lasts > 0 && s.times > 0 && now.Sub(s.first) >= f.lasts
}

func (fs *faultSet) set(faults []Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.faults, fs.struck = slices.Clone(faults), map[strike]strikes{}
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
	due := fs.due(at, now)
	active := slices.DeleteFunc(slices.Clone(due), due.rulesOut)
	for _, f := range active {
		key := strike{f.place, at}
		past := fs.struck[key]
		if past.times == 0 {
			past.first = now
		}
		past.times++
		fs.total++
		fs.struck[key] = past
	}
	return active
}

// due are the faults that stand at the endpoint and aren't over there.
func (fs *faultSet) due(at Endpoint, now time.Time) activeFaults {
	var due activeFaults
	for _, f := range fs.faults {
		if at != "" && (f.at == "" || f.at == at) && !f.over(fs.struck[strike{f.place, at}], now) {
			due = append(due, f)
		}
	}
	return due
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

// rulesOut reports whether the others leave f nothing to do with the request: its turn, if it has a number of them,
// comes later. What it says follows before, after and deliver.
func (fs activeFaults) rulesOut(f Fault) bool {
	refusal, refused := fs.find("reset", "status", "retry-after", "redirect")
	drop, dropped := fs.find("commit-then-drop")
	silent := refusal.name == "reset" || dropped
	switch f.name {
	case "reset", "status", "retry-after", "redirect", "latency-before":
		return refused && refusal.place < f.place
	case "latency", "commit-then-drop":
		return refusal.name == "reset" || dropped && drop.place < f.place
	case "truncate", "header-flood":
		ending, _ := fs.find("truncate", "header-flood")
		return silent || ending.place < f.place
	case "slow":
		pace, _ := fs.find("slow")
		return silent || pace.place < f.place
	case "huge", "html", "deep":
		return silent
	}
	return false // the others describe a state, of which there is no number
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

func (fs activeFaults) refuseRevocation() bool { return fs.has("not-revocable") }

// broaden adds what a broader-scope fault grants besides.
func (fs activeFaults) broaden(scope string) string {
	if f, ok := fs.find("broader-scope"); ok {
		return joinScopes(scope, f.text)
	}
	return scope
}
