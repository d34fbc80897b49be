package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/process"
)

// TestFailTellsAllOfAnError: several errors side by side are a line each; what is around several is not taken apart.
func TestFailTellsAllOfAnError(t *testing.T) {
	t.Parallel()
	alive := func(err error) error {
		return &action.LeftAliveError{Tokens: []action.AliveToken{{ID: "4711", Reason: "STILL ALIVE"}}, Err: err}
	}
	const hint = "frogmint: hint: revoke it in JFrog"
	writing := fmt.Errorf("writing the token file: %w", errors.Join(io.ErrShortWrite, nil))
	tests := map[string]struct {
		err    error
		status int
		want   []string // how each line begins
	}{
		"one":                   {io.ErrShortWrite, 1, []string{"frogmint: error: short write"}},
		"two":                   {errors.Join(io.ErrShortWrite, io.EOF), 1, []string{"frogmint: error: short write", "frogmint: error: EOF"}},
		"two in two":            {errors.Join(errors.Join(io.ErrShortWrite, io.EOF), io.EOF), 1, []string{"frogmint: error: short write", "frogmint: error: EOF", "frogmint: error: EOF"}},
		"alive around a join":   {alive(writing), 3, []string{"frogmint: error: writing the token file: short write; may still be alive: token 4711: STILL ALIVE", hint}},
		"alive around two":      {alive(errors.Join(io.ErrShortWrite, io.EOF)), 3, []string{"frogmint: error: short write EOF; may still be alive: token 4711: STILL ALIVE", hint}},
		"words around two":      {fmt.Errorf("renewing the token: %w", errors.Join(io.ErrShortWrite, io.EOF)), 1, []string{"frogmint: error: renewing the token: short write EOF"}},
		"alive beside an error": {errors.Join(io.EOF, alive(writing)), 3, []string{"frogmint: error: EOF", "frogmint: error: writing the token file: short write; may still be alive: token 4711: STILL ALIVE", hint}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			status := (&printer{out: process.NewWriter(&log, nil)}).fail(test.err)
			lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
			if status != test.status || len(lines) != len(test.want) {
				t.Fatalf("exit status %d\n%s", status, log.String())
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %q, want %q", lines[i], want)
				}
			}
		})
	}
}
