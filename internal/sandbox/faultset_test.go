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
	c := start(t, faults(t, "status=503x2"))
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
	f, err := sandbox.ParseFault("status=500x1")
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
		f, err := sandbox.ParseFault("status=503~4s")
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

// A fault that another one kept from a request has its turn left.
func TestFaultsInTurn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		faults []string
		want   []string // of a request after the other
	}{
		"refusals":               {[]string{"status=503x1", "retry-after=3"}, []string{"503", "429", "200"}},
		"the second first":       {[]string{"status=503x2", "status=500x1"}, []string{"503", "503", "500", "200"}},
		"reset and spoiled":      {[]string{"html=x1", "reset=x1"}, []string{"broken", "html", "200"}},
		"lost and spoiled":       {[]string{"huge=x1", "commit-then-drop=x1"}, []string{"broken", "huge", "200"}},
		"two ends":               {[]string{"truncate=x1", "commit-then-drop=x1"}, []string{"broken", "broken", "200"}},
		"refused and spoiled":    {[]string{"status=503x1", "huge=x1"}, []string{"503 huge", "200"}},
		"refused for a while":    {[]string{"status=503x1", "status=500~1h"}, []string{"503", "500", "500"}},
		"another's end, flooded": {[]string{"truncate=x1", "header-flood=x1"}, []string{"broken", "broken", "200"}},
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
