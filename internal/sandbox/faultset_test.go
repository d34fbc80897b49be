package sandbox_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/frogmint/frogmint/internal/sandbox"
)

func TestFaultCounts(t *testing.T) {
	t.Parallel()
	c := start(t, faults(t, "status=503,times=2"))
	statuses := func(path string) (list []int) {
		for range 4 {
			list = append(list, c.do(http.MethodGet, path, c.admin()).status)
		}
		return list
	}
	for _, path := range []string{versionAt, tokensAPI + "/me"} { // each endpoint counts for itself
		if got := statuses(path); got[0] != 503 || got[1] != 503 || got[2] != 200 || got[3] != 200 {
			t.Errorf("%s: %v", path, got)
		}
	}
	c.do(http.MethodGet, "/access/api/v1/system/ping").want(t, 200)
	f, err := sandbox.ParseFault("status=500,times=1")
	if err != nil {
		t.Fatal(err)
	}
	c.box.Server.SetFaults(f)
	if got := statuses(versionAt); got[0] != 500 || got[1] != 200 {
		t.Errorf("after SetFaults: %v", got)
	}
	c.box.Server.SetFaults()
	c.do(http.MethodGet, versionAt, c.admin()).want(t, 200)
}

func TestFaultEndsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t)
		f, err := sandbox.ParseFault("status=503,for=4s")
		if err != nil {
			t.Fatal(err)
		}
		c.box.Server.SetFaults(f)
		for _, step := range []struct {
			later time.Duration
			want  int
		}{{time.Minute, 503}, {3 * time.Second, 503}, {time.Second, 200}, {time.Hour, 200}} {
			time.Sleep(step.later) // the time counts from the first time, not from when the fault was set
			c.do(http.MethodGet, versionAt, c.admin()).want(t, step.want)
		}
	})
}

// An outage is the whole server's, from its first request on: the pings, which no fault can stand at, have it too.
func TestOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t, faults(t, "outage=20s"))
		time.Sleep(time.Hour)
		for _, step := range []struct {
			later time.Duration
			path  string
			want  int
		}{
			{0, "/access/api/v1/system/ping", 503}, {10 * time.Second, tokensAPI + "/me", 503}, {9 * time.Second, "/nothing", 503},
			{time.Second, versionAt, 200}, {0, "/access/api/v1/system/ping", 200},
		} {
			time.Sleep(step.later)
			got := c.do(http.MethodGet, step.path, c.admin())
			got.want(t, step.want)
			if isPage := strings.HasPrefix(got.header.Get("Content-Type"), "text/html"); isPage != (step.want == 503) {
				t.Errorf("%s: %+v", step.path, got)
			}
		}
	})
}

// A limit counts what it lets through in any second, of both APIs together; what it refuses does nothing.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t, faults(t, "status=500,times=1@mint", "rate-limit=3"))
		mint := func() answer { return c.do(http.MethodPost, tokensAPI, c.admin(), jsonBody(`{}`)) }
		mint().want(t, 500) // which the limit doesn't count
		mint().want(t, 200)
		time.Sleep(600 * time.Millisecond)
		c.legacyToken()
		mint().want(t, 200)
		got := mint()
		got.want(t, 429)
		if got.header.Get("Retry-After") != "1" {
			t.Errorf("got %v", got.header)
		}
		c.do(http.MethodPost, legacyAPI, c.admin(), form()).want(t, 429)
		c.do(http.MethodGet, versionAt, c.admin()).want(t, 200)
		time.Sleep(400 * time.Millisecond) // the first is a second ago
		mint().want(t, 200)
		mint().want(t, 429)
		if live := c.box.Server.LiveTokens(); len(live) != 4 {
			t.Errorf("%d live tokens", len(live))
		}
	})
}

func TestRateLimit_AtAnotherEndpoint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := startInBubble(t, faults(t, "rate-limit=1@version"))
		c.do(http.MethodGet, versionAt, c.admin()).want(t, 200)
		c.do(http.MethodGet, versionAt, c.admin()).want(t, 429)
		c.mint(`{}`)
		c.mint(`{}`)
	})
}

// A fault that another one kept from a request has its turn left.
func TestFaultsInTurn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		faults []string
		want   []string // of a request after the other
	}{
		"refusals":               {[]string{"status=503,times=1", "retry-after=3"}, []string{"503", "429", "200"}},
		"the second first":       {[]string{"status=503,times=2", "status=500,times=1"}, []string{"503", "503", "500", "200"}},
		"reset and spoiled":      {[]string{"html,times=1", "reset,times=1"}, []string{"broken", "html", "200"}},
		"lost and spoiled":       {[]string{"huge,times=1", "commit-then-drop,times=1"}, []string{"broken", "huge", "200"}},
		"two ends":               {[]string{"truncate,times=1", "commit-then-drop,times=1"}, []string{"broken", "broken", "200"}},
		"refused and spoiled":    {[]string{"status=503,times=1", "huge,times=1"}, []string{"503 huge", "200"}},
		"refused for a while":    {[]string{"status=503,times=1", "status=500,for=1h"}, []string{"503", "500", "500"}},
		"refused, so no page":    {[]string{"status=503,times=1", "html,times=1"}, []string{"503", "html", "200"}},
		"refused, so no drop":    {[]string{"commit-then-drop,times=1", "status=503,times=1"}, []string{"503", "broken", "200"}},
		"two refusals":           {[]string{"page=403,times=1", "gateway=401,times=1"}, []string{"html", "401", "200"}},
		"another's end, flooded": {[]string{"truncate,times=1", "header-flood,times=1"}, []string{"broken", "broken", "200"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, faults(t, tt.faults...))
			var got []string
			for range tt.want {
				got = append(got, outcome(c))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// outcome says in a word what became of a request.
func outcome(c *client) string {
	got, err := c.roundTrip(c.request(http.MethodGet, versionAt, c.admin()))
	word := strconv.Itoa(got.status)
	switch {
	case err != nil:
		return "broken"
	case len(got.text) > 1<<20 && got.status == 200:
		return "huge"
	case len(got.text) > 1<<20:
		return word + " huge"
	case strings.Contains(got.header.Get("Content-Type"), "html"):
		return "html"
	}
	return word
}
