package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one way to misbehave, made by ParseFault.
type Fault struct {
	name     string
	place    int           // among the server's faults, which take effect in their order
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
	if err := f.setArg(arg); err != nil {
		return f, err
	}
	return f, f.checkPlace()
}

// checkPlace refuses a fault at an endpoint where nothing would ever come of it.
func (f *Fault) checkPlace() error {
	var strikes []Endpoint
	switch f.name {
	case "not-revocable":
		strikes = []Endpoint{EndpointRevoke}
	case "broader-scope":
		strikes = []Endpoint{EndpointExchange, EndpointMint, EndpointLegacyMint}
	case "revoke-lag": // wherever an access token can authenticate
		strikes = slices.DeleteFunc(endpoints(), func(at Endpoint) bool { return at == EndpointIDToken || at == EndpointExchange })
	default:
		return nil
	}
	if f.at != "" && !slices.Contains(strikes, f.at) {
		return fmt.Errorf("%s never strikes at %s; it can stand at %v", f.name, f.at, strikes)
	}
	return nil
}

// setArg reads what stands behind the equals sign: for a fault that describes a state an argument alone, for the others
// how often and how long besides.
func (f *Fault) setArg(arg string) (err error) {
	switch f.name {
	case "redirect", "broader-scope", "not-revocable", "revoke-lag", "clock-skew":
		if hasTurns(arg) {
			return fmt.Errorf("%s goes with neither xN nor ~DURATION", f.name)
		}
		return f.setState(arg)
	case "retry-after":
		f.times = 1
	}
	if arg, err = f.cutLasts(arg); err != nil {
		return err
	}
	return f.setTurned(f.cutTimes(arg))
}

// hasTurns reports whether an argument ends in xN or ~DURATION.
func hasTurns(arg string) bool {
	var f Fault
	rest, err := f.cutLasts(arg)
	return err == nil && (f.lasts > 0 || f.cutTimes(rest) != rest)
}

func (f *Fault) setState(arg string) (err error) {
	switch f.name {
	case "redirect":
		return f.setText(arg)
	case "broader-scope":
		if _, err := parseScope(arg); err != nil {
			return err
		}
		return f.setText(arg)
	case "revoke-lag":
		f.duration, err = wait(arg)
	case "clock-skew":
		f.duration, err = time.ParseDuration(arg)
	case "not-revocable":
		err = f.setNothing(arg)
	}
	return err
}

func (f *Fault) setTurned(arg string) (err error) {
	switch f.name {
	case "latency", "latency-before":
		f.duration, err = wait(arg)
	case "status":
		f.status, err = parseStatus(arg)
	case "retry-after":
		f.text, err = arg, checkRetryAfter(arg)
	case "slow":
		f.rate, err = parseRate(arg)
	case "reset", "commit-then-drop", "huge", "html", "truncate", "deep", "header-flood":
		err = f.setNothing(arg)
	default:
		err = fmt.Errorf("unknown fault")
	}
	return err
}

func (f *Fault) setNothing(arg string) error {
	if arg != "" {
		return fmt.Errorf("%s takes no argument of its own", f.name)
	}
	return nil
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

// farthest bounds the relative date of retry-after, about thirty years.
const farthest = 1_000_000_000

func checkRetryAfter(arg string) error {
	relative, isRelative := strings.CutPrefix(arg, "+")
	if n, err := strconv.ParseUint(relative, 10, 64); err == nil {
		if isRelative && n > farthest {
			return fmt.Errorf("%q is more than %d seconds hence", arg, farthest)
		}
		return nil
	}
	if _, err := http.ParseTime(arg); err != nil {
		return fmt.Errorf("%q is neither seconds nor an HTTP date", arg)
	}
	return nil
}

// The rates of slow, in bytes a second; their pauses are durations.
const (
	slowest = 0.001
	fastest = 1e9
)

func parseRate(arg string) (float64, error) {
	rate, err := strconv.ParseFloat(arg, 64)
	if err == nil && (math.IsNaN(rate) || rate < slowest || rate > fastest) {
		err = fmt.Errorf("the rate must be from %v to %v bytes a second", slowest, fastest)
	}
	return rate, err
}

func wait(arg string) (time.Duration, error) {
	d, err := time.ParseDuration(arg)
	if err == nil && d < 0 {
		err = fmt.Errorf("%s is below zero", arg)
	}
	return d, err
}
