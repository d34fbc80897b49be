package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is one way to misbehave, made by ParseFault.
type Fault struct {
	name     string
	at       Endpoint      // empty: all endpoints
	times    int           // how often at each endpoint; 0 is always
	lasts    time.Duration // how long from its first time at each endpoint; 0 is for ever
	duration time.Duration
	status   int
	rate     float64
	text     string
}

// ParseFault reads a fault as FaultHelp describes it. The error says what is wrong with the text.
func ParseFault(text string) (Fault, error) {
	f, err := parseFault(text)
	if err != nil {
		return Fault{}, fmt.Errorf("parsing fault %q: %w", text, err)
	}
	return f, nil
}

func parseFault(text string) (Fault, error) {
	var f Fault
	rest := text
	if at := strings.LastIndex(text, "@"); at >= 0 && slices.Contains(endpoints(), Endpoint(text[at+1:])) {
		rest, f.at = text[:at], Endpoint(text[at+1:])
	}
	var arg string
	f.name, arg, _ = strings.Cut(rest, "=")
	if strings.Contains(f.name, "@") {
		return f, fmt.Errorf("unknown endpoint; known are %v", endpoints())
	}
	return f, f.setArg(arg)
}

func (f *Fault) setArg(arg string) (err error) {
	switch f.name {
	case "redirect", "broader-scope":
		return f.setText(arg)
	case "revoke-lag", "clock-skew":
		f.duration, err = time.ParseDuration(arg)
		return err
	case "retry-after":
		f.times = 1
	}
	if arg, err = f.cutLasts(arg); err != nil {
		return err
	}
	arg = f.cutTimes(arg)
	switch f.name {
	case "latency", "latency-before":
		f.duration, err = time.ParseDuration(arg)
	case "status":
		f.status, err = parseStatus(arg)
	case "retry-after":
		f.text, err = arg, checkRetryAfter(arg)
	case "slow":
		f.rate, err = strconv.ParseFloat(arg, 64)
		if err == nil && f.rate <= 0 {
			err = fmt.Errorf("the rate must be above zero")
		}
	case "reset", "commit-then-drop", "huge", "html", "truncate", "not-revocable", "deep", "header-flood":
		if arg != "" {
			err = fmt.Errorf("%s takes no argument but xN and ~DURATION", f.name)
		}
	default:
		err = fmt.Errorf("unknown fault")
	}
	return err
}

func (f *Fault) setText(arg string) error {
	if arg == "" {
		return fmt.Errorf("%s needs an argument", f.name)
	}
	f.text = arg
	return nil
}

// cutLasts takes ~DURATION off the end of an argument.
func (f *Fault) cutLasts(arg string) (rest string, err error) {
	rest, lasts, found := strings.Cut(arg, "~")
	if !found {
		return arg, nil
	}
	if f.lasts, err = time.ParseDuration(lasts); err == nil && f.lasts <= 0 {
		err = fmt.Errorf("it must last longer than %s", f.lasts)
	}
	return rest, err
}

// cutTimes takes xN off the end of an argument.
func (f *Fault) cutTimes(arg string) string {
	at := strings.LastIndex(arg, "x")
	if at < 0 {
		return arg
	}
	n, err := strconv.Atoi(arg[at+1:])
	if err != nil || n < 1 {
		return arg
	}
	f.times = n
	return arg[:at]
}

func parseStatus(arg string) (int, error) {
	status, err := strconv.Atoi(arg)
	if err != nil || status < 200 || status > 599 {
		return 0, fmt.Errorf("%q is no status from 200 to 599", arg)
	}
	return status, nil
}

func checkRetryAfter(arg string) error {
	if _, err := strconv.Atoi(strings.TrimPrefix(arg, "+")); err == nil {
		return nil
	}
	if _, err := http.ParseTime(arg); err != nil {
		return fmt.Errorf("%q is neither seconds nor an HTTP date", arg)
	}
	return nil
}

// faultSet is the server's faults with how often each has struck.
type faultSet struct {
	mu     sync.Mutex
	faults []Fault
	struck map[strike]strikes
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
}

// SetFaults replaces the server's faults while it runs and starts their counts anew.
func (s *Server) SetFaults(faults ...Fault) { s.faults.set(faults) }

// take returns the faults that strike a request now arriving at the endpoint.
func (fs *faultSet) take(at Endpoint, now time.Time) activeFaults {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var active activeFaults
	for i, f := range fs.faults {
		key := strike{i, at}
		past := fs.struck[key]
		if at == "" || f.at != "" && f.at != at || f.over(past, now) {
			continue
		}
		if past.times == 0 {
			past.first = now
		}
		past.times++
		fs.struck[key] = past
		active = append(active, f)
	}
	return active
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

func (fs activeFaults) find(name string) (Fault, bool) {
	i := slices.IndexFunc(fs, func(f Fault) bool { return f.name == name })
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
		return scope + " " + f.text
	}
	return scope
}
