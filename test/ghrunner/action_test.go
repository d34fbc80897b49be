package ghrunner

import (
	"slices"
	"strings"
	"testing"
)

const sample = `# a comment
name: 'it''s a sample'
description: >-
  over
  two lines
inputs:
  url:
    description: plain, with "quotes" # and a comment
    required: true
  access-token:
    description: |
      several: lines
      # not a comment
  expiry:
    default: "1h"
  timeout: # nothing but a comment
    default: '60s'
outputs:
  token-id:
    description: an id
runs:
  using: docker
  image: Dockerfile
  entrypoint: /a
  post-entrypoint: /b
  args: []
  env:
    A: x
`

func TestParseAction(t *testing.T) {
	t.Parallel()
	a, err := ParseAction(sample)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Pair{{"url", ""}, {"access-token", ""}, {"expiry", "1h"}, {"timeout", "60s"}}; !slices.Equal(a.Inputs, want) {
		t.Errorf("inputs: got %q, want %q", a.Inputs, want)
	}
	if want := []Pair{{"A", "x"}}; !slices.Equal(a.Env, want) || !slices.Equal(a.Outputs, []string{"token-id"}) {
		t.Errorf("env %q, outputs %q", a.Env, a.Outputs)
	}
	if a.Image != "Dockerfile" || a.Entrypoint != "/a" || a.PostEntrypoint != "/b" {
		t.Errorf("runs: %+v", a)
	}
}

func TestParseActionRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ old, new, err string }{
		"another_kind":  {"using: docker", "using: node24", "not docker"},
		"no_entrypoint": {"entrypoint: /a", "other: /a", "must be set"},
		"args":          {"args: []", "args: [x]", "runs.args"},
		"no_args":       {"  args: []\n", "", "runs.args"},
		"an_expression": {`"1h"`, `"${{ github.token }}"`, "expressions"},
		"a_list_input":  {`default: "1h"`, "- x", "input expiry"},
		"no_yaml":       {"'60s'", "'60s", "yaml"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(sample, tt.old, tt.new, 1)
			if text == sample {
				t.Fatalf("%q isn't in the sample", tt.old)
			}
			if _, err := ParseAction(text); err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, want an error with %q", err, tt.err)
			}
		})
	}
}
