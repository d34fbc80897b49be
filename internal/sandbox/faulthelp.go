package sandbox

import (
	"fmt"
	"strings"
)

const faultHelp = `Faults: NAME[=ARG][@ENDPOINT], without an endpoint at all of them; the order is that of the command line.

    latency=2s            works first, then lets the answer wait; it ends early when the client goes away
    latency-before=2s     waits, then works; a client that went away meanwhile has caused nothing
    reset                 TCP reset instead of the work
    commit-then-drop      works, then closes the connection without an answer
    status=503            answers the status instead of working
    retry-after=3         answers 429 once with Retry-After: 3; an HTTP date is taken as it is; +3 makes the HTTP date of
                          three seconds hence
    slow=0.5              the body goes out at that many bytes a second; a header without one waits as long as it would take
    huge                  the answer is padded to 2 MiB
    html                  works, then answers 200 with a page of HTML
    truncate              the answer breaks off in the middle
    redirect=URL          307 to the URL instead of the work
    broader-scope=SCOPE   mint, legacy-mint and exchange grant SCOPE besides, for real; groups join the groups asked for
    not-revocable         revoke refuses
    revoke-lag=3s         revoked tokens are accepted that much longer, wherever one can be shown
    clock-skew=1h         the server's clock is ahead (or, negative, behind); at one endpoint: only there
    deep                  the JSON of the answer is over 10,000 levels deep
    header-flood          headers without end, up to 32 MiB

An ARG that ends in xN, or is xN, makes a fault happen N times at each endpoint and then no more: status=503x2, reset=x1.
One that ends in ~DURATION, or is that, ends it so long after its first time there: status=503~4s, reset=~500ms. What
another fault keeps from a request, a reset or a refusal ahead of it, is left for the next one.

Neither goes with redirect, broader-scope, not-revocable, revoke-lag and clock-skew. A group whose name happens to end so is
put into double quotes, a URL is given an empty fragment: broader-scope=applied-permissions/groups:"box2", http://host/x2#.
A fault at an endpoint where it could never strike is refused.

`

// FaultHelp says for people which faults there are and where they can stand.
func FaultHelp() string {
	var names []string
	for _, endpoint := range endpoints() {
		names = append(names, string(endpoint))
	}
	return faultHelp + fmt.Sprintf("Endpoints: %s.\n", strings.Join(names, ", "))
}
