// Package examples_test checks the pipeline files: each is of the form that its CI documents, uses frogmint as frogmint
// understands it, gets its ID token the way that frogmint will look for, and holds no secret.
package examples_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/cli"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestEveryFullSystemHasAnExample(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasSuffix(name, ".go") && name != "deploy.sh" {
			files = append(files, name)
		}
	}
	var want []string
	for _, pipeline := range pipelines() {
		want = append(want, pipeline.file)
	}
	slices.Sort(want)
	if !slices.Equal(files, want) {
		t.Fatalf("files are %q, want %q", files, want)
	}
	for _, system := range ci.Systems() {
		if _, ok := pipelines()[system.ID]; system.Export != nil && !ok {
			t.Errorf("%s has no example", system.ID)
		}
	}
}

func TestPipelines(t *testing.T) {
	t.Parallel()
	for id, pipeline := range pipelines() {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(pipeline.file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			if !strings.Contains(text, pipeline.source) {
				t.Errorf("nothing makes the ID token appear: %q", pipeline.source)
			}
			if first, _, _ := strings.Cut(text, "\n"); !strings.HasPrefix(strings.TrimLeft(first, "#/ "), name(t, id)) {
				t.Errorf("begins with %q, not with %s", first, name(t, id))
			}
			noSecret(t, text, id == "gitea")
			found := &settings{env: map[string]string{}, with: map[string]string{}}
			if pipeline.schema != nil {
				found.readYAML(t, data, pipeline.schema)
			} else {
				found.readJenkinsfile(t, text)
			}
			found.check(t)
		})
	}
}

func name(t *testing.T, id string) string {
	t.Helper()
	system, err := ci.Detect(func(string) string { return id })
	if err != nil {
		t.Fatal(err)
	}
	return system.Name
}

// noSecret fails on text that is, or looks like, a credential. A reference to the CI's secrets is one where there are no
// ID tokens.
func noSecret(t *testing.T, text string, mayRefer bool) {
	t.Helper()
	credential := regexp.MustCompile(`eyJ[A-Za-z0-9]|AKC[a-zA-Z0-9]{8}|cmVmdGtu|[A-Za-z0-9_-]{41,}|(?i)(password|api.?key)`)
	for line := range strings.Lines(text) {
		if found := credential.FindString(strings.TrimLeft(line, " #/")); found != "" {
			t.Errorf("%q looks like a credential in %q", found, line)
		}
		if strings.Contains(line, "secrets.") && !mayRefer {
			t.Errorf("refers to a stored secret: %q", line)
		}
	}
}

// settings are what a pipeline file tells frogmint.
type settings struct {
	env      map[string]string
	with     map[string]string // the action's inputs
	commands []string
}

func (s *settings) readYAML(t *testing.T, data []byte, schema schema) {
	t.Helper()
	var document any
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	s.walk(t, schema, "", document)
}

// walk checks the keys and collects variables, inputs and commands.
func (s *settings) walk(t *testing.T, schema schema, path string, node any) {
	t.Helper()
	switch node := node.(type) {
	case map[string]any:
		path = schema.keys(t, path, node)
		for key, child := range node {
			below := key
			if words := strings.Fields(schema[path]); slices.Contains(words, "*") {
				below = "*"
			}
			s.collect(path, key, child)
			s.walk(t, schema, strings.TrimPrefix(path+"."+below, "."), child)
		}
	case []any:
		for _, child := range node {
			s.walk(t, schema, path+"[]", child)
		}
	case string:
		s.command(node)
	}
}

// keys fails on a mapping that this CI wouldn't understand, and returns its path.
func (s schema) keys(t *testing.T, path string, node map[string]any) string {
	t.Helper()
	words, known := s[path]
	if !known {
		t.Errorf("no mapping is expected at %q", path)
		return path
	}
	for _, word := range strings.Fields(words) {
		if key, required := strings.CutSuffix(word, "!"); required && node[key] == nil {
			t.Errorf("%q lacks %s", path, key)
		}
	}
	for key := range node {
		if all := strings.Fields(strings.ReplaceAll(words, "!", "")); !slices.Contains(all, key) && !slices.Contains(all, "*") {
			t.Errorf("%q has %s, which isn't known", path, key)
		}
	}
	return path
}

func (s *settings) collect(path, key string, value any) {
	text := fmt.Sprint(value)
	switch last := path[strings.LastIndex(path, ".")+1:]; {
	case last == "with" && key != "persist-credentials" && key != "go-version": // of other actions
		s.with[key] = text
	case last == "env" || last == "variables" || last == "environment":
		s.env[key] = text
	}
}

// command remembers a call of frogmint, and variables that a script exports.
func (s *settings) command(script string) {
	if words, ok := strings.CutPrefix(script, "export "); ok {
		for _, word := range strings.Fields(words) {
			name, value, _ := strings.Cut(word, "=")
			s.env[name] = value
		}
	}
	call := regexp.MustCompile(`frogmint"? ((?:mint|exec|revoke|sweep) .*)$`)
	if found := call.FindStringSubmatch(script); found != nil {
		s.commands = append(s.commands, found[1])
	}
}

// check has frogmint's own parser and its own configuration read what the file says.
func (s *settings) check(t *testing.T) {
	t.Helper()
	for variable := range s.env {
		known := func(input inputs.Input) bool { return input.Variable() == variable || input.JFrog == variable }
		if (strings.HasPrefix(variable, "FROGMINT_") || strings.HasPrefix(variable, "JF_")) && !slices.ContainsFunc(inputs.List(), known) {
			t.Errorf("%s is no variable of frogmint's", variable)
		}
	}
	if len(s.with) > 0 {
		s.load(t, nil, s.with)
		return
	}
	if len(s.commands) == 0 {
		t.Error("frogmint isn't called")
	}
	for _, command := range s.commands {
		t.Log("frogmint " + command)
		words, _, _ := strings.Cut(command, " -- ")
		args := append([]string{"frogmint"}, strings.Fields(words)...)
		// The help comes only after the flags before it were understood.
		var out, complaint bytes.Buffer
		program := &cli.Command{
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaint, LookupEnv: func(string) (string, bool) { return "", false },
		}
		if status := program.Main(context.Background(), append(args, "-h")); status != cli.ExitSuccess {
			t.Errorf("frogmint %s: exit status %d: %s", words, status, &complaint)
		}
		if args[1] != "revoke" {
			s.load(t, flags(args[2:]), nil)
		}
	}
}

// load has the configuration read as the job would.
func (s *settings) load(t *testing.T, flags, with map[string]string) {
	t.Helper()
	values := maps.Clone(s.env)
	for _, input := range inputs.List() {
		if value, ok := with[input.Name]; ok {
			values[input.ActionVariable()] = value
			delete(with, input.Name)
		}
	}
	for input := range with {
		t.Errorf("%s is no input of the action", input)
	}
	// What the examples hand to another program is no setting of frogmint's.
	delete(values, "JF_ACCESS_TOKEN")
	for name, value := range values {
		if strings.HasPrefix(value, "${{ secrets.") {
			values[name] = "a-stored-token"
		}
	}
	lookup := func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
	in, err := inputs.Load(t.Context(), inputs.CommandSources(flags, lookup))
	if err != nil {
		t.Fatal(err)
	}
	if in.Config.URL == "" || in.Config.Credentials.Provider == "" && in.Config.Credentials.Token.IsZero() {
		t.Errorf("a URL or credentials are missing: %+v", in)
		return
	}
	mints(t, in.Config)
}

func flags(words []string) map[string]string {
	values := map[string]string{}
	for i, word := range words {
		if name, ok := strings.CutPrefix(word, "--"); ok && i+1 < len(words) {
			values[name] = words[i+1]
		}
	}
	return values
}

// TestDeploy runs the script of the examples against a curl that writes down what it got.
func TestDeploy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	curl := "#!/bin/sh\nprintf '%s|' \"$@\" >\"$LOG\"\ncat >>\"$LOG\"\n"
	sandboxtest.WriteProgram(t, filepath.Join(dir, "curl"), []byte(curl))
	log := filepath.Join(dir, "log")
	command := exec.CommandContext(t.Context(), "./deploy.sh")
	command.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "LOG=" + log, "JF_URL=https://acme.jfrog.io", "JF_ACCESS_TOKEN=the-token"}
	if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	args, input, _ := strings.Cut(string(data), "app.tar.gz|Auth")
	if strings.Contains(args, "the-token") || input != "orization: Bearer the-token\n" {
		t.Errorf("curl got %q", data)
	}
}
