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

// faultKind says what a fault does, what its argument is, and where it can stand.
type faultKind struct {
	example string // NAME, or NAME=ARG
	does    string
	read    func(f *Fault, arg string) error // nil: it takes no argument
	at      []Endpoint                       // nil: everywhere
	state   bool                             // describes the server as long as it stands, so that no times can be counted
}

func (k faultKind) name() string {
	name, _, _ := strings.Cut(k.example, "=")
	return name
}

func faultKinds() []faultKind {
	// Wherever an access token can authenticate.
	byToken := slices.DeleteFunc(endpoints(), func(at Endpoint) bool { return at == EndpointIDToken || at == EndpointExchange })
	return []faultKind{
		{example: "latency=2s", read: readWait, does: "works first, then lets the answer wait; it ends early when the client goes away"},
		{example: "latency-before=2s", read: readWait, does: "waits, then works; a client that went away meanwhile has caused nothing"},
		{example: "reset", does: "TCP reset instead of the work"},
		{example: "status=503", read: readStatus, does: "answers the status in JFrog's form instead of working"},
		{example: "page=403", read: readPage, does: "instead of working, answers a page that isn't JFrog's: STATUS[:KIND], the kind html or text"},
		{example: "gateway=401", read: readPage, does: "the same in a gateway's JSON: the kind message, statuscode or oauth"},
		{example: "outage=20s", read: readOutage, does: "for that long from its first time, a load balancer's 503 to whatever is asked, the pings too"},
		{example: "retry-after=3", read: readRetryAfter, does: "answers 429 with Retry-After: 3, once unless times or for say otherwise; an HTTP date is taken as it\nis; +3 makes the HTTP date of three seconds hence"},
		{example: "rate-limit=5", read: readLimit, does: "takes that many mints a second, of both APIs together, or requests to its endpoint; answers the others\n429 with Retry-After: 1"},
		{example: "redirect=URL", read: readText, does: "307 to the URL instead of the work"},
		{example: "commit-then-drop", does: "works, then closes the connection without an answer"},
		{example: "commit-then-page=502", read: readPage, does: "works, then answers a page that isn't JFrog's: STATUS[:KIND], any kind"},
		{example: "html", does: "works, then answers 200 with a page of HTML: commit-then-page=200"},
		{example: "huge", does: "the answer is padded to 2 MiB"},
		{example: "deep", does: "the JSON of the answer is over 10,000 levels deep"},
		{example: "truncate", does: "the answer breaks off in the middle"},
		{example: "header-flood", does: "headers without end, up to 32 MiB"},
		{example: "slow=0.5", read: readRate, does: "the body goes out at that many bytes a second; a header without one waits as long as it would take"},
		{example: "broader-scope=SCOPE", read: readScope, at: []Endpoint{EndpointExchange, EndpointMint, EndpointLegacyMint}, does: "grants SCOPE besides, for real; groups join the groups asked for"},
		{example: "not-revocable", at: []Endpoint{EndpointRevoke}, does: "revoke refuses"},
		{example: "revoke-lag=3s", read: readWait, state: true, at: byToken, does: "revoked tokens are accepted that much longer, wherever one can be shown"},
		{example: "clock-skew=1h", read: readSkew, state: true, does: "the server's clock is ahead (or, negative, behind); at one endpoint: only there"},
	}
}

func faultKindOf(name string) (faultKind, error) {
	kinds := faultKinds()
	if at := slices.IndexFunc(kinds, func(k faultKind) bool { return k.name() == name }); at >= 0 {
		return kinds[at], nil
	}
	if strings.Contains(name, "@") {
		return faultKind{}, fmt.Errorf("unknown endpoint; known are %v", endpoints())
	}
	return faultKind{}, fmt.Errorf("unknown fault %q", name)
}

const faultHelpHead = `Faults: NAME[=ARG][@ENDPOINT][,times=N][,for=DURATION], without an endpoint at all of them; @ENDPOINT may also stand at
the end. The order is that of the command line.

`

const faultHelpTail = `
With times=N a fault happens N times at each endpoint and then no more, with for=DURATION it ends so long after its first
time there. What another fault keeps from a request, a reset or a refusal ahead of it, is left for the next one. Neither
goes with revoke-lag and clock-skew. A fault at an endpoint where it could never strike is refused.

`

// FaultHelp says for people which faults there are and where they can stand.
func FaultHelp() string {
	var b strings.Builder
	b.WriteString(faultHelpHead)
	const indent = 26
	for _, kind := range faultKinds() {
		does := strings.ReplaceAll(kind.does, "\n", "\n"+strings.Repeat(" ", indent))
		fmt.Fprintf(&b, "%-*s%s\n", indent, "    "+kind.example, does)
	}
	b.WriteString(faultHelpTail)
	names := strings.Trim(fmt.Sprint(endpoints()), "[]")
	fmt.Fprintf(&b, "Endpoints: %s.\n", strings.ReplaceAll(names, " ", ", "))
	return b.String()
}

func readText(f *Fault, arg string) error {
	f.text = arg
	return nil
}

func readScope(f *Fault, arg string) error {
	f.text = arg
	_, err := parseScope(arg)
	return err
}

func readWait(f *Fault, arg string) (err error) {
	if f.duration, err = time.ParseDuration(arg); err == nil && f.duration < 0 {
		err = fmt.Errorf("%s is below zero", arg)
	}
	return err
}

func readSkew(f *Fault, arg string) (err error) {
	f.duration, err = time.ParseDuration(arg)
	return err
}

// readOutage has the argument end the fault, as for does.
func readOutage(f *Fault, arg string) (err error) {
	f.lasts, err = parsePeriod(arg)
	return err
}

func readStatus(f *Fault, arg string) (err error) {
	if f.status, err = strconv.Atoi(arg); err != nil || f.status < 200 || f.status > 599 {
		err = fmt.Errorf("%q is no status from 200 to 599", arg)
	}
	return err
}

// readPage reads STATUS[:KIND]. A page may also have the one informational status that ends a request.
func readPage(f *Fault, arg string) error {
	status, kind, hasKind := strings.Cut(arg, ":")
	switch {
	case hasKind:
	case f.name == "gateway":
		kind = "message"
	default:
		kind = "html"
	}
	f.text = kind
	if _, _, known := foreignBody(http.StatusOK, kind); !known {
		return fmt.Errorf("unknown kind of page %q", kind)
	}
	if f.status = http.StatusSwitchingProtocols; status == strconv.Itoa(f.status) {
		return nil
	}
	return readStatus(f, status)
}

// farthest bounds the relative date of retry-after, in seconds: about thirty years.
const farthest = 1_000_000_000

func readRetryAfter(f *Fault, arg string) error {
	f.text = arg
	if f.times == 0 && f.lasts == 0 {
		f.times = 1
	}
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

func readLimit(f *Fault, arg string) error {
	n, err := parseCount(arg)
	f.number = float64(n)
	return err
}

// The rates of slow, in bytes a second; their pauses are durations.
const (
	slowest = 0.001
	fastest = 1e9
)

func readRate(f *Fault, arg string) (err error) {
	f.number, err = strconv.ParseFloat(arg, 64)
	if err == nil && (math.IsNaN(f.number) || f.number < slowest || f.number > fastest) {
		err = fmt.Errorf("the rate must be from %v to %v bytes a second", slowest, fastest)
	}
	return err
}
