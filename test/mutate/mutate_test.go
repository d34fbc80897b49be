package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sample = `package p

import "strings"

type t struct {
	A string ` + "`json:\"a\"`" + `
}

func f(a, b int, s string) (string, error) {
	list := []string{"x", "y"}
	if a < 1 && s != "" {
		list = append(list, s)
	}
	for _, one := range list {
		switch one {
		case "z", "q":
			continue
		}
	}
	return strings.TrimSpace(s), g("words for people", true)
}
`

// Each kind of change is found at its place, and neither imports, tags nor words for people are changed.
func TestMutations_OfEachKind(t *testing.T) {
	t.Parallel()
	found, err := mutations("p", "p/p.go", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		if !strings.HasPrefix(m.key(), "p/p.go f ") {
			t.Errorf("in which function is %q?", m.key())
		}
		got = append(got, strings.TrimPrefix(m.key(), "p/p.go f "))
	}
	want := []string{
		`negate: a < 1 && s != "" -> !(a < 1 && s != "")`, `never: a < 1 && s != "" -> false && (a < 1 && s != "")`,
		`always: a < 1 && s != "" -> true || (a < 1 && s != "")`, `operator: a < 1 && s != "" -> a < 1 || s != ""`,
		`one side: a < 1 && s != "" -> a < 1`, `one side: a < 1 && s != "" -> s != ""`, `operator: a < 1 -> a <= 1`,
		`operator: s != "" -> s == ""`, `number: 1 -> 2`, `drop element: "x",`, `drop element: , "y"`, `string: "x" -> ""`,
		`drop statement: list = append(list, s)`, `without call: append(list, s) -> list`, `swap: list, s -> s, list`,
		`drop case: case "z", "q": continue`, `drop value: "z",`, `drop value: , "q"`, `branch: continue -> break`,
		`result: strings.TrimSpace(s) -> ""`, `without call: strings.TrimSpace(s) -> s`,
		`result: g("words for people", true) -> nil`, `boolean: true -> false`,
	}
	for _, one := range want {
		if !slices.Contains(got, one) {
			t.Errorf("missing: %s", one)
		}
	}
	for _, one := range got {
		if strings.HasPrefix(one, "string: ") && !strings.Contains(`"x" "y" "z" "q"`, strings.Fields(one)[1]) {
			t.Errorf("not to be changed: %s", one)
		}
	}
}

// What is known to change nothing still stands in the code: another change there would have to be looked at.
func TestKnown_StandsInTheCode(t *testing.T) {
	t.Parallel()
	known, err := readKnown("known.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(packages) {
		found, err := collect("../..", pkg)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d, %v", pkg, len(found), err)
		}
		for _, m := range found {
			delete(known, m.key())
		}
	}
	for key := range known {
		t.Errorf("nothing can be changed so: %s", key)
	}
}

// A seed stands for one choice, in which each kind has its turn.
func TestQueue_IsTheSameForASeed(t *testing.T) {
	t.Parallel()
	choice := func(seed uint64) (keys []string) {
		found, err := mutations("p", "p/p.go", []byte(sample))
		if err != nil {
			t.Fatal(err)
		}
		for q := newQueue(found, seed); ; {
			m, ok := q.next()
			if !ok {
				return keys
			}
			keys = append(keys, m.key())
		}
	}
	if a := choice(1); !slices.Equal(a, choice(1)) || slices.Equal(a, choice(2)) {
		t.Errorf("got %q", a)
	}
}

// A test that fails kills, one that passes doesn't, and what doesn't compile is no mutation.
func TestRunner_Kills(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":      "module x\n\ngo 1.26\n",
		"p/p.go":      "package p\n\nfunc F(n int) int { return n + 1 }\n\nfunc G() int { return 1 }\n",
		"p/p_test.go": "package p\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) {\n\tif F(1) != 2 {\n\t\tt.Fail()\n\t}\n}\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := newRunner(options{root: root, packages: []string{"p"}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	found, err := collect(root, "p")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found {
		killed, err := r.kill(t.Context(), m)
		want := result{compiled: true}
		if m.function == "F" {
			want = result{compiled: true, by: "p", test: "TestF"}
		}
		if err != nil || killed != want {
			t.Errorf("%s: %+v, %v", m, killed, err)
		}
	}
	broken := found[0]
	broken.with = "("
	if killed, err := r.kill(t.Context(), broken); err != nil || killed.compiled {
		t.Errorf("%+v, %v", killed, err)
	}
}

func TestRun_FailsWithoutTheCheckout(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-n", "x"}, {"-known", "none"}, {"-packages", "none", "-others", ""}} {
		if err := run(context.Background(), args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
