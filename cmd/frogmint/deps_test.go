package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/frogmint/frogmint"

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Module     *struct{ Path string }
}

func listPackages(t *testing.T, args ...string) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,Standard,Module"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p pkg
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// TestShippedModules holds what people who allow the binary have to read.
func TestShippedModules(t *testing.T) {
	t.Parallel()
	allowed := []string{
		"github.com/golang-jwt/jwt/v5",
		"github.com/sethvargo/go-envconfig",
		"github.com/sethvargo/go-githubactions",
	}
	seen := map[string]bool{}
	for _, p := range listPackages(t, "-deps", ".") {
		if p.Standard || p.Module == nil || p.Module.Path == module {
			continue
		}
		seen[p.Module.Path] = true
		if !slices.Contains(allowed, p.Module.Path) {
			t.Errorf("%s of module %s is in the shipped binary", p.ImportPath, p.Module.Path)
		}
	}
	if len(seen) != len(allowed) {
		t.Errorf("the binary has the modules %v, the list %v", seen, allowed)
	}
}

// TestArrows holds the direction of the imports: each package may import these of our own, and no others.
func TestArrows(t *testing.T) {
	t.Parallel()
	arrows := map[string][]string{
		"cmd/frogmint":                 {"internal/cli"},
		"examples":                     {},
		"cmd/frogmint-sandbox":         {"internal/sandbox", "internal/cli"},
		"internal/cli":                 {"action", "internal/inputs", "internal/jfrog", "internal/ci", "internal/login", "internal/mapping", "internal/process", "internal/httpapi", "internal/redact"},
		"internal/inputs":              {"action", "internal/jfrog", "internal/httpapi", "internal/redact"},
		"action":                       {"internal/jfrog", "internal/httpapi", "internal/redact"},
		"internal/jfrog":               {"internal/httpapi", "internal/redact"},
		"internal/ci":                  {"internal/httpapi", "internal/redact"},
		"internal/httpapi":             {"internal/redact"},
		"internal/ci/citest":           {},
		"internal/login":               {"internal/redact"},
		"internal/mapping":             {"internal/jfrog", "internal/redact"},
		"internal/process":             {"internal/redact"},
		"internal/redact":              {},
		"internal/sandbox":             {"internal/sandbox/repos"},
		"internal/sandbox/artifacts":   {},
		"internal/sandbox/repos":       {"internal/sandbox/artifacts"},
		"internal/sandbox/sandboxtest": {"internal/sandbox"},
	}
	listed := listPackages(t, module+"/...")
	if len(listed) < 9 {
		t.Fatalf("only %d packages were listed", len(listed))
	}
	for _, p := range listed {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		allowed, known := arrows[name]
		if !known {
			if !strings.HasPrefix(name, "test/") {
				t.Errorf("package %s is not in the picture: say here what it may import", name)
			}
			continue
		}
		for _, imported := range p.Imports {
			own, ours := strings.CutPrefix(imported, module+"/")
			if ours && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s", name, own)
			}
		}
	}
}

// TestNothingReadsTheEnvironment keeps the environment and the default client out of everything below cmd.
func TestNothingReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "grep", "-rnE", `\b((os\.(Getenv|LookupEnv|Environ|Exit)|http\.(Get|Post))\(|http\.Default(Client|Transport))`,
		"--include=*.go", "--exclude=*_test.go", "--exclude-dir=sandboxtest", "../../action", "../../internal/cli", "../../internal/jfrog", "../../internal/ci",
		"../../internal/httpapi", "../../internal/inputs", "../../internal/redact").CombinedOutput()
	if len(out) > 0 {
		t.Errorf("found:\n%s", out)
	} else if err == nil {
		t.Error("grep said nothing and found something")
	}
}
