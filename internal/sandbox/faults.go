package sandbox

import (
	"fmt"
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
