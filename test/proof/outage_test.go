//go:build linux

package proof

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A platform that restarts is away for twenty seconds. The budget of these jobs is that of a real job.
const (
	outage       = 20 * time.Second
	outageBudget = 60
)

// absence is one way for a platform to be away.
type absence struct {
	name   string
	faults []string // nil: nobody listens
	// mints is whether a job must have its token all the same: it is told that nothing was done.
	mints bool
}

func absences() []absence {
	return []absence{
		{"nobody listens", nil, true},
		{"a balancer's page, 503", []string{"page=503"}, true},
		{"JFrog's 503", []string{"status=503"}, true},
		{"429 with Retry-After: 7", []string{"retry-after=7,times=1000"}, true},
		{"a balancer's page, 502", []string{"page=502"}, false},
		{"a balancer's page, 504", []string{"page=504"}, false},
		{"connections are reset", []string{"reset"}, false},
		{"no answer", []string{"latency-before=1h"}, false},
	}
}

// outagePlans are the cells of an outage, by who mints and by the step in which it begins.
func outagePlans() []plan {
	creators := []struct {
		name   string
		inputs map[string]string
	}{
		{"an administrator's token", minting()},
		{"an exchange to an administrator", map[string]string{"oidc-provider-name": "github-broker", "groups": "CI"}},
		{"an exchange to a user", map[string]string{"oidc-provider-name": "github-user"}},
		{"the legacy API", map[string]string{"user": maker, "password": makerPassword, "groups": "CI", "api": "legacy"}},
	}
	var plans []plan
	for _, creator := range creators {
		for _, post := range []bool{false, true} {
			if post && creator.inputs["oidc-provider-name"] != "" {
				continue // the post step knows nothing of an exchange
			}
			p := phase{name: "outage, " + creator.name, what: "the platform is away for 20 s in a budget of 60 s, from the beginning of the main step", inputs: creator.inputs, post: post}
			if post {
				p.name, p.what = p.name+", post step", "the same from the beginning of the post step"
			}
			for _, a := range absences() {
				f := tableFault{name: a.name, passes: post}
				plans = append(plans, plan{phase: p, fault: f, budget: outageBudget, prepare: func(t *testing.T, c *cell) { c.leave(t, a) }})
			}
		}
	}
	return plans
}

// leave lets the platform be away for a while, now or between the steps.
func (c *cell) leave(t *testing.T, a absence) {
	t.Helper()
	away := parseFaults(t, a.faults...)
	begin := func() {
		if a.faults == nil {
			c.job.box.Network.SetDown(true)
		}
		c.job.box.Server.SetFaults(away...)
		time.AfterFunc(outage, func() {
			c.job.box.Network.SetDown(false)
			c.job.box.Server.SetFaults()
		})
	}
	c.check = func() []string { return c.outlasts(a) }
	if c.phase.post {
		c.job.onPost = begin
		return
	}
	begin()
}

// outlasts is what must be so after an outage.
func (c *cell) outlasts(a absence) (found []string) {
	if !c.phase.post && a.mints && c.main.status != 0 {
		found = append(found, fmt.Sprintf("the outage costs the job its token: exit status %d", c.main.status))
	}
	// A refresh token that may have been used leaves a token that nobody knows: no answer, no word on it.
	if c.phase.post && a.name != "no answer" && (c.post == nil || c.post.status != 0 || !strings.Contains(c.post.log, ": revoked; JFrog refuses it")) {
		found = append(found, "the token is not revoked after the outage")
	}
	return found
}
