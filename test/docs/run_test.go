package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// runBy names the test that runs or compares a block, by the page and a part of the block's text; empty for any.
func runBy() []struct{ page, part, test string } {
	return []struct{ page, part, test string }{
		{"README.md", "frogmint exec", "TestCommands_Run"},
		{"README.md", "", "TestReadme_SetUpEndsInADeployedFile"}, // its Terraform in TestReadme_TerraformSaysTheSame and test/terraform
		{"docs/architecture.md", "──>", "TestArrows"},
		{"docs/clients.md", "- uses: frogmint", "TestActions_Run"},
		{"docs/clients.md", "clients logged out", "TestActions_Run"},
		{"docs/clients.md", "repositories {", "TestGradle"},
		{"docs/clients.md", "terraform init", "TestTerraform"}, // its variable can't name the port of another test's sandbox
		{"docs/command.md", "Usage:", "TestDocumentsMatchTheCode"},
		{"docs/exec.md", "Authorization", "TestExec_RightAndWrong"},
		{"docs/exec.md", "frogmint sweep", "TestSweep"},
		{"docs/install.md", "- uses: frogmint", "TestActions_Run"},
		{"docs/install.md", "GOFLAGS=", "TestSameBytesInAnyFolder"},
		{"docs/mapping-rules.md", "", "TestRules_ExamplesAreTrue"},
		{"docs/mappings.md", "", "TestMappings_PageIsTrue"},
		{"docs/platform-teams.md", "job_workflow_ref", "TestPlatformTeams_OneMapping"},
		{"docs/platform-teams.md", "workflow_call", "TestPlatformTeams_OneMapping"},
		{"docs/platform-teams.md", "ca-cert", "TestPlatformTeams_PrivateCA"},
		{"docs/platform-teams.md", "- run:", "TestPlatformTeams_MovingOver"},
		{"docs/platform-teams.md", "curl", "TestPlatformTeams_Commands"},
		{"docs/sandbox.md", "frogmint-sandbox serve --env-file", "TestSandbox_FirstExample"},
		{"docs/sandbox.md", "Usage of frogmint-sandbox", "TestDocumentsMatchTheHelp"},
		{"docs/sandbox.md", "persistent-expiry-threshold", "TestConfigOfTheDocumentation"},
	}
}

// TestBlocks_RunOrSayWhy has each block of code on each page run by a test, or a comment above it that says why none can.
func TestBlocks_RunOrSayWhy(t *testing.T) {
	t.Parallel()
	list, tests, used, spared := runBy(), testNames(t), map[int]bool{}, 0
	for _, page := range pages(t) {
		for _, b := range blocks(read(t, page)) {
			by := -1
			for i, known := range list {
				if by < 0 && known.page == page && strings.Contains(b.text, known.part) {
					by = i
				}
			}
			switch {
			case b.notRun != "":
				spared++
			case isCommand(b):
			case by >= 0:
				used[by] = true
			default:
				t.Errorf("%s: no test runs this, and nothing says why (<!-- not run: … -->):\n%s", page, b.text)
			}
		}
	}
	for i, known := range list {
		if !tests[known.test] {
			t.Errorf("there is no %s", known.test)
		}
		if !used[i] && known.test != "TestCommands_Run" {
			t.Errorf("%s has no block with %q", known.page, known.part)
		}
	}
	if spared > 30 {
		t.Errorf("%d blocks aren't run", spared)
	}
}

// testNames are the tests of this repository.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, name := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllStringSubmatch(string(text), -1) {
			names[name[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// isCommand reports whether TestCommands_Run runs a block: it has a frogmint exec, which runs a client or a script.
func isCommand(b codeBlock) bool {
	return b.notRun == "" && b.language == "indented" && strings.Contains(b.text, "frogmint exec") &&
		!strings.Contains(b.text, "Authorization") && !strings.Contains(b.text, "terraform init")
}
