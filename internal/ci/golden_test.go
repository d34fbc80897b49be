package ci_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// TestGolden plays one job in each CI: testdata/ID/env is what the CI sets, testdata/ID/want.txt all that becomes of it.
func TestGolden(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/*/env")
	must(t, err)
	if len(folders) != len(ci.Systems()) {
		t.Fatalf("%d golden folders for %d systems", len(folders), len(ci.Systems()))
	}
	for _, path := range folders {
		folder := filepath.Dir(path)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			got := playJob(t, filepath.Base(folder), readEnv(t, path))
			golden := filepath.Join(folder, "want.txt")
			if *update {
				must(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			must(t, err)
			if got != string(want) {
				t.Errorf("differs from %s:\n%s", golden, got)
			}
		})
	}
}

func readEnv(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	env := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok {
			t.Fatalf("%s: not a variable: %q", path, line)
		}
		env[name] = value
	}
	return env
}

// playJob uses all that the CI offers and returns what became of it.
func playJob(t *testing.T, id string, env map[string]string) string {
	w := newWorld(t, env)
	if id == "circleci" {
		w.script(t, "circleci", circleCI)
	}
	system, err := ci.Detect(w.get)
	must(t, err)
	if id == "kubernetes" {
		system = kubernetesIn(t, t.TempDir())
	}
	if system.ID != id {
		t.Fatalf("detected %q", system.ID)
	}
	var page bytes.Buffer
	note := func(section, text string) {
		fmt.Fprintf(&page, "-- %s --\n%s\n", section, strings.TrimSuffix(text, "\n"))
	}
	note("system", system.Name+"\nprovider type "+system.ProviderType())
	note("job", names(system.Job(w.get)))
	note("id token", idToken(t, w, system))
	note("what is refused", strings.Join(act(w, system), "\n"))
	note("stdout", w.out.String())
	note("files", w.files(t))
	note("calls", w.requests())
	return w.anonymous(page.String())
}

// act does all that a job may ask for, and returns what is refused.
func act(w *world, system ci.System) []string {
	var refused []string
	try := func(what string, missing bool, action func() error) {
		switch {
		case missing:
			refused = append(refused, "no "+what)
		default:
			if err := action(); err != nil {
				refused = append(refused, fmt.Sprintf("%s: %v", what, err))
			}
		}
	}
	uses := ci.Uses{Save: system.Save != nil, Export: true, Setenv: true}
	try("check", system.Check == nil, func() error { return system.Check(w.host, uses) })
	try("mask", system.Mask == nil, func() error { return system.Mask(w.host, secret()) })
	try("save", system.Save == nil, func() error { return system.Save(w.host, "frogmint", `{"version":1}`) })
	if system.Print != nil {
		system.Print(w.host, ci.Info, "minting")
		system.Print(w.host, ci.Warning, "odd: "+hostile)
		system.Print(w.host, ci.Failure, "it failed\nhint: do [this]")
	}
	try("export: "+system.NoExport, system.Export == nil, func() error { return system.Export(w.host, fitting(system, outputs())) })
	try("setenv", system.Setenv == nil, func() error { return system.Setenv(w.host, fitting(system, variables())) })
	try("summary", system.Summary == nil, func() error { return system.Summary(w.host, "### JFrog token\n") })
	if system.PostUnreliable != nil && system.PostUnreliable(w.get) != "" {
		refused = append(refused, "post step: "+system.PostUnreliable(w.get))
	}
	return refused
}

func idToken(t *testing.T, w *world, system ci.System) string {
	t.Helper()
	token, err := system.IDToken(t.Context(), w.host, asked)
	if err != nil {
		return err.Error() + "\nhint: " + hint(err)
	}
	return token.Reveal()
}

// hint is what to do about an error; empty where it doesn't say.
func hint(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// names prints the fields that are set.
func names(job ci.Job) string {
	var lines []string
	value := reflect.ValueOf(job)
	for i := range value.NumField() {
		if text := value.Field(i).String(); text != "" {
			lines = append(lines, value.Type().Field(i).Name+": "+text)
		}
	}
	return strings.Join(lines, "\n")
}

// files prints the job's files with their modes.
func (w *world) files(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	tree := os.DirFS(w.dir)
	must(t, fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == "circleci" {
			return err
		}
		info, err := entry.Info()
		must(t, err)
		data, err := fs.ReadFile(tree, path)
		fmt.Fprintf(&text, "{dir}/%s %v\n%s", path, info.Mode(), data)
		return err
	}))
	return text.String()
}

func (w *world) requests() string {
	var text strings.Builder
	for _, call := range w.calls.All() {
		fmt.Fprintf(&text, "%s %s\nAuthorization: %s\n%s\n", call.Method, call.Target, call.Authorization, call.Body)
	}
	env := w.job.Env()
	for _, name := range slices.Sorted(maps.Keys(env)) {
		fmt.Fprintf(&text, "job API: %s=%s\n", name, env[name])
	}
	fmt.Fprintf(&text, "job API redacts %q\n", w.job.Redactions())
	return text.String()
}

// anonymous takes out what differs from run to run.
func (w *world) anonymous(text string) string {
	text = strings.ReplaceAll(text, w.dir, "{dir}")
	if start := strings.Index(text, "/frogmint-"); start >= 0 {
		if end := strings.Index(text[start:], ".md"); end >= 0 {
			text = strings.ReplaceAll(text, text[start:start+end], "/frogmint-*")
		}
	}
	return text
}
