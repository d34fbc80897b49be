package login

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// plan is what a login will set and write. The clients fill it before there is a token.
type plan struct {
	host     Host
	base     *url.URL // of Artifactory, without a slash at the end
	entry    entry    // that is being planned
	entries  []entry
	problems []error

	variables []variable
	files     []file
	links     []link
	helps     bool // some client asks a helper
	clashes   bool // two repositories of the client want the same variable
}

// Host is what a login needs to know of the job.
type Host struct {
	Env            func(name string) string // unset and empty are the same
	URL            string                   // base URL of the platform
	ArtifactoryURL string                   // empty: URL + /artifactory
	RootsPEM       []byte                   // CA certificates that jf is to trust besides the system's
	Temp           string                   // where the private folder is made; empty: the system's
	// Container says that files written here aren't where the job's other steps look for them.
	Container bool
	// Command says that the login is for one command, which always gets a configuration of its own for jf.
	Command bool
	// Helper is the path of this program, which is to be the clients' credential helper too; empty: their files hold the token.
	Helper string
}

// credentials are what a client is given. They are filled in when there is a token.
type credentials struct{ folder, user, token string }

func (c credentials) userName() string { return c.user }

func (c credentials) path(name string) string {
	return filepath.Join(c.folder, filepath.FromSlash(name))
}

// basic is what HTTP's basic authentication sends.
func (c credentials) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(c.user + ":" + c.token))
}

// variable is one that later programs get.
type variable struct {
	entry  entry // that wants it
	name   string
	text   string                   // its value, or:
	value  func(credentials) string // nil for one that is known already
	secret bool
	before string // what the user has set it to, or means without it
}

// file is one in the private folder.
type file struct {
	name    string // with slashes
	content func(credentials) string
}

// link is a name in the private folder for something of the user's.
type link struct{ name, target string }

// env returns a variable of the job.
func (p *plan) env(name string) string { return p.host.Env(name) }

func (p *plan) fail(fix, reason string, args ...any) {
	p.problems = append(p.problems, problem(fix, p.entry.name+": "+reason, args...))
}

// set adds a variable that the user must not have set: what he meant by it would be lost.
func (p *plan) set(name, value string) {
	p.setTo(variable{name: name, text: value})
}

func (p *plan) setSecret(name string, value func(credentials) string) {
	p.setTo(variable{name: name, value: value, secret: true})
}

// setUser adds a variable with the name of the token's user.
func (p *plan) setUser(name string) {
	p.setTo(variable{name: name, value: credentials.userName})
}

func (p *plan) setTo(v variable) {
	p.refuse(v.name)
	if at := slices.IndexFunc(p.variables, func(other variable) bool { return other.name == v.name }); at >= 0 && !p.clashes {
		p.clashes = true // one is enough: all of their variables are the same
		p.fail("use repositories whose keys differ in more than dashes and capitals", "the repositories %s and %s would both set the variable %s",
			p.variables[at].entry.repository, p.entry.repository, v.name)
	}
	p.replace(v)
}

// refuse fails where the user has set a variable that the client takes instead of what the login gives it.
func (p *plan) refuse(names ...string) {
	for _, name := range names {
		if p.env(name) != "" {
			p.fail("unset "+name+" for this job, or leave "+p.entry.name+" out of login", "the variable %s is set already", name)
		}
	}
}

// repositories are all that the client that is being planned was given.
func (p *plan) repositories() (keys []string) {
	for _, e := range p.entries {
		if e.name == p.entry.name {
			keys = append(keys, e.repository)
		}
	}
	return keys
}

// replace adds a variable whatever the user has set it to.
func (p *plan) replace(v variable) {
	v.before = p.env(v.name)
	p.add(v)
}

// add plans a variable. A CI can hand on, and restore, one line only.
func (p *plan) add(v variable) {
	if !p.host.Command && strings.ContainsAny(v.before, "\r\n") {
		p.fail("write "+v.name+" on one line, or leave "+p.entry.name+" out of login", "the variable %s is set already, and has a line break", v.name)
	}
	v.entry = p.entry
	p.variables = append(p.variables, v)
}

// point adds a variable that names something in the private folder. byDefault is what the client takes where it is unset;
// empty where an empty variable is as good.
func (p *plan) point(variableName, name, byDefault string) {
	before := cmp.Or(p.env(variableName), byDefault)
	p.add(variable{name: variableName, value: func(c credentials) string { return c.path(name) }, before: before})
}

// write adds a file to the private folder.
func (p *plan) write(name string, content func(credentials) string) {
	p.files = append(p.files, file{name, content})
}

// hasFile reports whether a file is planned already: clients share some.
func (p *plan) hasFile(name string) bool {
	return slices.ContainsFunc(p.files, func(f file) bool { return f.name == name })
}

// maxOwn bounds, in bytes, a file of the user's that is to be included.
const maxOwn = 1 << 20

// maxFilled bounds, in bytes, a file in the private folder: there is more in it than in the user's.
const maxFilled = 2 << 20

// own reads a file of the user's; "" where there is none. A path of "" has none, too.
func (p *plan) own(path string) string {
	if path == "" {
		return ""
	}
	text, err := readBounded(path, os.Stat, maxOwn)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.fail("correct that file, or leave "+p.entry.name+" out of login", "its own configuration %q can't be read: %v", path, plainError(err))
	}
	return string(text)
}

// readBounded reads all of a file, or none of it. It opens only what stat calls a regular file: a pipe would block.
func readBounded(path string, stat func(string) (fs.FileInfo, error), limit int64) ([]byte, error) {
	info, err := stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return nil, err
	}
	opened, err := os.Open(path) //nolint:gosec // the client reads it, too
	if err != nil {
		return nil, err
	}
	defer opened.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(opened, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("it has more than %d MiB (limit of a client's file)", limit>>20)
	}
	return text, err
}

// plainError leaves out the path, which the message has already.
func plainError(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// home is a path below the user's home, or "" where that isn't known.
func (p *plan) home(name ...string) string {
	home := p.env("HOME")
	if runtime.GOOS == "windows" {
		home = cmp.Or(p.env("USERPROFILE"), home)
	}
	if home == "" {
		return ""
	}
	return filepath.Join(append([]string{home}, name...)...)
}

// first returns the first of the paths that is there, or "".
func first(paths ...string) string {
	for _, path := range paths {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return path
		}
	}
	return ""
}

// artifactory is a URL below Artifactory's.
func (p *plan) artifactory(path string) string { return p.base.String() + path }

// variablePart is a repository's key as a part of a variable's name.
func (p *plan) variablePart(repository string) string {
	if strings.Contains(repository, ".") {
		p.fail("use a repository without a dot in its key", "%q has a dot, and its key is a part of a variable's name", repository)
	}
	return strings.ReplaceAll(repository, "-", "_")
}

// lines ends each line with a line break.
func lines(all ...string) string { return strings.Join(all, "\n") + "\n" }
