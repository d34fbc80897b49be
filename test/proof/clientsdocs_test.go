//go:build linux

package proof

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/login"
)

// documentedClient is a row of the tables in docs/clients.md: what a login gives to one client.
type documentedClient struct {
	name, item       string // its name, and what the list of clients has for it
	variables, files []string
	helper           bool     // below exec it asks one
	adds, replaces   []string // by a helper
	inContainer      bool
}

var quoted = regexp.MustCompile("`([^`]+)`")

func words(text string) (found []string) {
	for _, match := range quoted.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// documentedClients reads the tables, and holds that they are of the clients that there are.
func documentedClients(t *testing.T) (rows []documentedClient) {
	t.Helper()
	repositories := map[string]string{
		"npm": "npm-virtual", "pip": "pypi-virtual", "twine": "pypi-local", "uv": "pypi-virtual", "poetry": "pypi-local", "maven": "libs-release",
		"gradle": "libs-release", "go": "go-virtual", "helm": "helm-virtual", "cargo": "cargo-local", "nuget": "nuget-local", "conan": "conan-local",
		"git": "lfs-local",
	}
	page := read(t, "docs/clients.md")
	_, tables, _ := strings.Cut(page, "## What each client gets\n")
	tables, _, _ = strings.Cut(tables, "\n## Recipes\n")
	_, inContainer, _ := strings.Cut(page, "These do: ")
	inContainer, _, _ = strings.Cut(inContainer, "\n")
	for line := range strings.Lines(tables) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || len(words(cells[1])) == 0 {
			continue
		}
		name, _, _ := strings.Cut(words(cells[1])[0], "=")
		if at := slices.IndexFunc(rows, func(r documentedClient) bool { return r.name == name }); at >= 0 {
			if rows[at].helper, rows[at].adds = true, words(cells[3]); !strings.Contains(cells[4], "stays") {
				rows[at].replaces = words(cells[4])
			}
			continue
		}
		row := documentedClient{name: name, item: name, variables: words(cells[2]), files: words(cells[3]), inContainer: slices.Contains(words(inContainer), name)}
		if repository := repositories[name]; repository != "" {
			row.item += "=" + repository
		}
		rows = append(rows, row)
	}
	_, err := login.New("none of them", login.Host{URL: platformURL, Env: os.Getenv})
	known, ok := errors.AsType[*login.ProblemError](err)
	if !ok {
		t.Fatal(err)
	}
	listed := regexp.MustCompile(` \([^)]*\)`).ReplaceAllString(strings.TrimPrefix(known.Fix, "the clients are "), "")
	var all []string
	for _, row := range rows {
		all = append(all, row.name)
	}
	if got := strings.Join(all, ", "); got != listed {
		t.Fatalf("docs/clients.md has rows for\n%s\nand the clients are\n%s", got, listed)
	}
	return rows
}

// of is the row for a way of logging in: helpers give credentials in place of variables and files.
func (d documentedClient) of(w way) documentedClient {
	if w != byExec || !d.helper {
		return d
	}
	replaced := func(word string) bool { return slices.Contains(d.replaces, word) }
	isFile := func(word string) bool { return strings.Contains(word, "/") || strings.ToLower(word) == word }
	d.variables = slices.DeleteFunc(slices.Clone(d.variables), replaced)
	d.files = slices.DeleteFunc(slices.Clone(d.files), replaced)
	if len(d.variables) == 1 && slices.Contains(d.adds, "GOAUTH") {
		d.files = nil // netrc goes with its variable
	}
	for _, word := range d.adds {
		if !isFile(word) && !slices.Contains(d.variables, word) && word != "credHelpers" {
			d.variables = append(d.variables, word)
		}
	}
	return d
}

// pattern is what a variable of the page looks like in a job.
func (d documentedClient) pattern(variable string) *regexp.Regexp {
	text := regexp.QuoteMeta(variable)
	if rest, ok := strings.CutPrefix(text, "…"); ok { // it begins as the row's first one does
		text = regexp.QuoteMeta(d.variables[0][:10]) + `.*` + rest
	}
	text = strings.Replace(text, "_NAME", "_[A-Z_]+", 1)
	for end, what := range map[string]string{"_name": "_[a-z_]+", "_n": "_[0-9]+", "acme_jfrog_io": "acme_example"} {
		if rest, ok := strings.CutSuffix(text, end); ok {
			text = rest + what
		}
	}
	return regexp.MustCompile("^" + text + "$")
}

// sets reports of a variable whether it is one of the row's.
func (d documentedClient) sets() func(name string) bool {
	var patterns []*regexp.Regexp
	for _, variable := range d.variables {
		patterns = append(patterns, d.pattern(variable))
	}
	return func(name string) bool {
		return slices.ContainsFunc(patterns, func(pattern *regexp.Regexp) bool { return pattern.MatchString(name) })
	}
}

// checkClients holds that each client has what the page says, and nobody else anything.
func (c *clientsJob) checkClients(folder string) {
	c.t.Helper()
	named := map[string]bool{}
	has := c.holding(folder)
	var known []func(name string) bool
	for _, row := range c.rows {
		known = append(known, row.of(c.way).sets())
		if c.way == byContainer && !row.inContainer {
			continue
		}
		row = row.of(c.way)
		for _, variable := range row.variables {
			if pattern := row.pattern(variable); !slices.ContainsFunc(slices.Collect(maps.Keys(c.variables)), pattern.MatchString) {
				c.t.Errorf("%s: no variable %s", row.name, variable)
			}
		}
		for _, file := range row.files {
			named[file] = true
			if info, err := os.Lstat(filepath.Join(folder, file)); err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 {
				c.t.Errorf("%s: %v, %v", row.name, info, err)
			}
		}
		helper, err := os.Stat(filepath.Join(folder, "bin", row.name+login.HelperSuffix))
		if asks := c.way == byExec && row.helper; asks != (err == nil && helper.Mode().IsRegular()) || len(has[row.name]) == 0 && !asks {
			c.t.Errorf("%s: the token is in %v; its helper: %v, %v", row.name, has[row.name], helper, err)
		}
	}
	for name, value := range c.variables {
		ours := c.way == byExec && (strings.HasPrefix(name, "JF_") || strings.HasPrefix(name, "FROGMINT_") || name == "PATH")
		if !ours && !slices.ContainsFunc(known, func(sets func(string) bool) bool { return sets(name) }) {
			c.t.Errorf("the page has no variable %s", name)
		}
		if at := strings.Index(value, c.temp); at >= 0 {
			path := value[at:]
			if end := strings.IndexAny(path, ` :;'"`); end >= 0 {
				path = path[:end]
			}
			if _, err := os.Stat(path); err != nil {
				c.t.Errorf("%s: %v", name, err)
			}
		}
	}
	if folder == "" {
		if c.way != byContainer {
			c.t.Error("there is no folder")
		}
		return
	}
	c.checkFolder(folder, named)
}

// checkFolder holds that nobody else can look into the folder, and that the page names what is in it.
func (c *clientsJob) checkFolder(folder string, named map[string]bool) {
	c.t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		info, err := entry.Info()
		if err == nil && info.Mode().Type() != fs.ModeSymlink && info.Mode().Perm()&0o077 != 0 {
			c.t.Errorf("%s: mode %v", name, info.Mode())
		}
		if entry.Type().IsRegular() && !named[name] {
			c.t.Errorf("the page has no file %s", name)
		}
		return err
	})
	if err != nil {
		c.t.Error(err)
	}
}

// holding is where the token of each client is: in files of the folder, and in the runner's variables.
func (c *clientsJob) holding(folder string) map[string][]string {
	found := map[string][]string{}
	variables := c.given()
	if c.way == byExec && c.running {
		variables = c.variables
	}
	for _, row := range c.rows {
		row = row.of(c.way)
		for _, file := range row.files {
			if text, err := os.ReadFile(filepath.Join(folder, file)); folder != "" && err == nil && c.holds(string(text)) {
				found[row.name] = append(found[row.name], "`"+file+"`")
			}
		}
		sets := row.sets()
		for name, value := range variables {
			if sets(name) && c.holds(value) && !slices.Contains(found[row.name], "variables") {
				found[row.name] = append(found[row.name], "variables")
			}
		}
	}
	return found
}
