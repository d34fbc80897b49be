package docs_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/frogmint/frogmint/internal/cli"
)

// codeBlock is a fenced block of a page, or an indented one, whose language is "indented".
type codeBlock struct {
	language, text string
	notRun         string // why no test runs it, from the comment above: <!-- not run: REASON -->
}

func blocks(page string) []codeBlock {
	var found []codeBlock
	fenced, indenting, blank, reason := false, false, true, ""
	for line := range strings.Lines(page) {
		language, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		indented, isIndented := strings.CutPrefix(line, "    ")
		last := len(found) - 1
		switch {
		case fence && !fenced:
			found = append(found, codeBlock{language: language, notRun: reason})
			fenced = true
		case fence:
			fenced = false
		case fenced:
			found[last].text += line
		case isIndented && indenting:
			found[last].text += indented
		case isIndented && blank:
			found = append(found, codeBlock{"indented", indented, reason})
		}
		indenting = isIndented && !fenced && (blank || indenting)
		blank = !fenced && strings.TrimSpace(line) == ""
		if !blank {
			_, reason, _ = strings.Cut(strings.TrimSuffix(strings.TrimSpace(line), " -->"), "<!-- not run: ")
		}
	}
	return found
}

// block is the first code block of a language.
func block(t *testing.T, page, language string) string {
	t.Helper()
	for _, b := range blocks(page) {
		if b.language == language {
			return b.text
		}
	}
	t.Fatalf("no block of %q", language)
	return ""
}

// TestBlocks_AreWhatTheySay has each block of code read by whoever reads its language. TestBlocks_RunOrSayWhy says what runs it.
func TestBlocks_AreWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, b := range blocks(read(t, page)) {
			var err error
			switch b.language {
			case "yaml":
				err = yaml.Unmarshal([]byte(b.text), new(any))
			case "json":
				err = json.Unmarshal([]byte(b.text), new(any))
			case "hcl":
				_, err = parseHCL(b.text)
			case "sh", "indented":
				err = checkShell(t, b.text)
				for _, command := range frogmintCommands(b.text) {
					checkCommand(t, page, command)
				}
			case "": // a log, a picture, or what a command prints
			default:
				t.Errorf("%s: nothing reads a block of %q", page, b.language)
			}
			if err != nil {
				t.Errorf("%s: %v in\n%s", page, err, b.text)
			}
		}
	}
}

// frogmintCommands are the calls of frogmint in a script, up to the command that frogmint runs.
func frogmintCommands(script string) [][]string {
	script = strings.ReplaceAll(script, "\\\n", " ")
	var found [][]string
	for line := range strings.Lines(script) {
		call := regexp.MustCompile(`(?:^|[ ;(|])frogmint ((?:mint|exec|revoke|sweep|doctor|mapping|version)\b[^|;)<>#]*)`).FindStringSubmatch(strings.TrimSpace(line))
		if call == nil {
			continue
		}
		flags, _, _ := strings.Cut(call[1]+" ", " -- ")
		words := strings.Fields(strings.NewReplacer("[flags]", "", "[--run]", "--run", "…", "").Replace(flags))
		found = append(found, append([]string{"frogmint"}, words...))
	}
	return found
}

// checkCommand has frogmint read its own flags: it prints the help only after it has understood those before -h.
func checkCommand(t *testing.T, page string, args []string) {
	t.Helper()
	if args[1] == "version" {
		return
	}
	var out, complaint bytes.Buffer
	program := &cli.Command{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaint, LookupEnv: func(string) (string, bool) { return "", false },
	}
	if status := program.Main(t.Context(), append(args, "-h")); status != cli.ExitSuccess || !strings.HasPrefix(out.String(), "Usage:\n    frogmint "+args[1]) {
		t.Errorf("%s: %q: exit status %d: %s", page, args, status, &complaint)
	}
}

func TestBlocks_AreFound(t *testing.T) {
	t.Parallel()
	got := blocks("a\n\n```sh\nfrogmint mint\n    x\n```\n\n<!-- not run: it waits -->\n\n    $ frogmint exec --groups CI \\\n      -- true | cat\n    y\n\n- list\n  more\n    no code\n")
	if len(got) != 2 || got[0] != (codeBlock{"sh", "frogmint mint\n    x\n", ""}) || got[1] != (codeBlock{"indented", "$ frogmint exec --groups CI \\\n  -- true | cat\ny\n", "it waits"}) {
		t.Errorf("got %q", got)
	}
	commands := frogmintCommands(got[1].text)
	if len(commands) != 1 || strings.Join(commands[0], "|") != "frogmint|exec|--groups|CI" {
		t.Errorf("got %q", commands)
	}
}
