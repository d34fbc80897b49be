package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one way to misbehave, made by ParseFault.
type Fault struct {
	name  string
	place int           // among the server's faults, which take effect in their order
	at    Endpoint      // empty: all endpoints
	times int           // how often at each endpoint; 0 is always
	lasts time.Duration // how long from its first time at each endpoint; 0 is without end

	duration time.Duration
	status   int
	number   float64
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

func parseFault(text string) (f Fault, err error) {
	rest, err := f.cutModifiers(text)
	if err != nil {
		return f, err
	}
	name, arg, hasArg := strings.Cut(rest, "=")
	kind, err := faultKindOf(name)
	if err != nil {
		return f, err
	}
	f.name = name
	switch {
	case kind.state && (f.times > 0 || f.lasts > 0):
		return f, fmt.Errorf("%s goes with neither times nor for", name)
	case kind.at != nil && f.at != "" && !slices.Contains(kind.at, f.at):
		return f, fmt.Errorf("%s never strikes at %s; it can stand at %v", name, f.at, kind.at)
	case kind.read == nil && hasArg:
		return f, fmt.Errorf("%s takes no argument", name)
	case kind.read == nil:
		return f, nil
	case arg == "":
		return f, fmt.Errorf("%s needs an argument, as in %s", name, kind.example)
	}
	return f, kind.read(&f, arg)
}

// cutModifiers takes @ENDPOINT, ,times=N and ,for=DURATION off the end, each once, in any order.
func (f *Fault) cutModifiers(text string) (rest string, err error) {
	for rest = text; err == nil; {
		head, endpoint, found := cutLast(rest, "@")
		if found && f.at == "" && slices.Contains(endpoints(), Endpoint(endpoint)) {
			rest, f.at = head, Endpoint(endpoint)
			continue
		}
		head, modifier, _ := cutLast(rest, ",")
		if n, ok := strings.CutPrefix(modifier, "times="); ok && f.times == 0 {
			f.times, err = parseCount(n)
		} else if d, ok := strings.CutPrefix(modifier, "for="); ok && f.lasts == 0 {
			f.lasts, err = parsePeriod(d)
		} else {
			break
		}
		rest = head
	}
	return rest, err
}

func cutLast(text, separator string) (before, after string, found bool) {
	if at := strings.LastIndex(text, separator); at >= 0 {
		return text[:at], text[at+len(separator):], true
	}
	return text, "", false
}

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && n < 1 {
		err = fmt.Errorf("%d is below one", n)
	}
	return n, err
}

// parsePeriod reads a duration above zero.
func parsePeriod(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		err = fmt.Errorf("%s is not above zero", d)
	}
	return d, err
}
