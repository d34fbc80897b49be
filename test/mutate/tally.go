package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// tally prints what became of each mutation, and counts.
type tally struct {
	out   io.Writer
	known map[string]string

	mu               sync.Mutex
	own, other, same int
	survivors        []mutation
}

func (t *tally) add(m mutation, r result, pkg string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	word := "killed by " + r.by + " (" + r.test + ")"
	switch r.by {
	case "":
		word = "SURVIVED"
		t.survivors = append(t.survivors, m)
	case pkg:
		word = "killed by own (" + r.test + ")"
		t.own++
	default:
		t.other++
	}
	fmt.Fprintf(t.out, "%s: %s\n", word, m)
}

func (t *tally) equivalent(m mutation, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.same++
	fmt.Fprintf(t.out, "equivalent (%s): %s\n", reason, m)
}

func (t *tally) failed(m mutation, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "NOT TRIED (%v): %s\n", err, m)
}

func (t *tally) print() {
	all := t.own + t.other + len(t.survivors)
	if all == 0 {
		return
	}
	percent := func(n int) float64 { return 100 * float64(n) / float64(all) }
	fmt.Fprintf(t.out, "\n%d mutations: %d killed (%.1f %%), %d by the package's own tests (%.1f %%), %d survived; %d more change no behaviour\n",
		all, t.own+t.other, percent(t.own+t.other), t.own, percent(t.own), len(t.survivors), t.same)
	for _, m := range t.survivors {
		fmt.Fprintf(t.out, "survived: %s\n", m)
	}
}

// readKnown reads the mutations that change no behaviour: one a line, as key prints it, a tab and the reason.
func readKnown(name string) (map[string]string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the known mutations: %w", err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, reason, ok := strings.Cut(line, "\t")
		if !ok || reason == "" {
			return nil, fmt.Errorf("%s: no reason after a tab: %q", name, line)
		}
		known[key] = reason
	}
	return known, nil
}
