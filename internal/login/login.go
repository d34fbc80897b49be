package login

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/frogmint/frogmint/internal/redact"
)

// Login is one login of a list of clients.
type Login struct {
	folder  string // mode 0700; empty before Open
	clients int
	plan    plan
	written credentials // what is in the files now
}

var _ Place = (*Login)(nil)

// Variable is one that programs after the login are to have.
type Variable struct {
	Name   string
	Value  string
	Secret bool
}

// New plans a login of the clients in a list; an empty one is for a host with Command only. The error joins a *ProblemError for
// whatever can't work. Nothing is changed yet.
func New(list string, host Host) (*Login, error) {
	var entries []entry
	var err error
	if list != "" {
		entries, err = parse(list)
	}
	base, urlErr := url.Parse(strings.TrimRight(cmp.Or(host.ArtifactoryURL, strings.TrimRight(host.URL, "/")+"/artifactory"), "/"))
	if err = cmp.Or(err, urlErr); err != nil {
		return nil, err
	}
	host.Temp = cmp.Or(host.Temp, os.TempDir())
	if absolute, err := filepath.Abs(host.Temp); err == nil { // else no folder can be made
		host.Temp = absolute
	}
	l := &Login{clients: countClients(entries), plan: plan{host: host, base: base}}
	if isJF := func(e entry) bool { return e.name == "jf" }; host.Command && !slices.ContainsFunc(entries, isJF) {
		entries = append(entries, entry{client: client{name: "jf", login: jf}})
	}
	l.plan.entries = entries
	for _, e := range entries {
		l.plan.entry, l.plan.clashes = e, false
		e.login(&l.plan, e.repository)
		if host.Container && len(l.plan.files) > 0 {
			l.plan.files = nil // each client that needs one is told
			l.plan.fail("use the action frogmint/frogmint/native, which has the same inputs",
				"it needs a file, and one that the container action writes isn't where the other steps look")
		}
	}
	return l, errors.Join(l.plan.problems...)
}

// Clients is how many were asked for.
func (l *Login) Clients() int { return l.clients }

// ClientOf is the client for which a variable is set; empty where it is for none.
func (l *Login) ClientOf(variableName string) string {
	for _, v := range l.plan.variables {
		if v.name == variableName {
			return v.entry.name
		}
	}
	return ""
}

// Folder is where all files are; empty where there are none.
func (l *Login) Folder() string { return l.folder }

// folderPrefix begins the name of each private folder.
const folderPrefix = "frogmint-login-"

// Open makes the private folder, where files or links are planned. There is no token in it yet.
func (l *Login) Open() error {
	if len(l.plan.files)+len(l.plan.links) == 0 {
		return nil
	}
	folder, err := os.MkdirTemp(l.plan.host.Temp, folderPrefix)
	if err != nil {
		return fmt.Errorf("making a folder for the clients' files: %w", err)
	}
	l.folder = folder
	at := credentials{folder: folder}
	for _, link := range l.plan.links {
		path := at.path(link.name)
		if err = cmp.Or(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(link.target, path)); err != nil {
			return errors.Join(fmt.Errorf("including the user's own files: %w", err), l.Remove())
		}
	}
	return nil
}

// Write implements Place. What clients have put into their files since the last Write stays there.
func (l *Login) Write(user string, token redact.Secret) error {
	next := credentials{l.folder, user, token.Reveal()}
	if l.clients > 0 && !isUser(user) {
		return fmt.Errorf("logging the clients in: not all of them can use the token's user name %q", redact.Text(user, 80))
	}
	if err := l.fill(l.written, next); err != nil {
		if l.written.token != "" {
			_ = l.fill(next, l.written) // the next token is revoked now
		}
		return err
	}
	l.written = next
	return nil
}

// isUser reports whether a text means itself in all that clients read. A single quote and a comma do.
func isUser(text string) bool {
	special := func(r rune) bool { // ends a field, a line or a header: netrc, YAML, HTTP, and nuget's variable
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`:;"\`, r)
	}
	// A # begins a comment in some readers of netrc, and maven expands ${...}.
	return text != "" && text[0] != '#' && !strings.Contains(text, "${") && !strings.ContainsFunc(text, special)
}

// fill writes each file, with the new credentials in place of the old ones that are in it.
func (l *Login) fill(old, next credentials) error {
	for _, f := range l.plan.files {
		path := next.path(f.name)
		content, err := f.filled(path, old, next)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o700)
		}
		if err == nil {
			err = replaceFile(path, []byte(content))
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", f.name, err)
		}
	}
	return nil
}

// filled is a file's next content: what is in it now, with the next credentials, or a new one where there is no file.
func (f file) filled(path string, old, next credentials) (string, error) {
	if old.token == "" {
		return f.content(next), nil
	}
	now, err := readBounded(path, os.Lstat, maxFilled)
	if errors.Is(err, fs.ErrNotExist) {
		return f.content(next), nil
	}
	return strings.ReplaceAll(strings.ReplaceAll(string(now), old.token, next.token), old.basic(), next.basic()), err
}

// Variables are those that go with what was written last.
func (l *Login) Variables() []Variable {
	all := make([]Variable, len(l.plan.variables))
	for i, v := range l.plan.variables {
		if all[i] = (Variable{v.name, v.text, v.secret}); v.value != nil {
			all[i].Value = v.value(l.written)
		}
	}
	return all
}

// Remove implements Place: it removes the private folder, with all that clients have put there.
func (l *Login) Remove() error { return RemoveFolder(l.folder) }

// Saved is what it takes to log out in another process. A login adds no secret to it: what a variable held before is the user's.
type Saved struct {
	Folder  string            `json:"folder,omitempty"`
	Clients int               `json:"clients"`
	Before  map[string]string `json:"before"` // variables with their values before the login
}

// Save returns the state of a login that is open, as Restore reads it.
func (l *Login) Save() (string, error) {
	saved := Saved{l.folder, l.clients, map[string]string{}}
	for _, v := range l.plan.variables {
		saved.Before[v.name] = v.before
	}
	text, err := json.Marshal(saved)
	return string(text), err
}

// Restore reads what Save returned.
func Restore(text string) (Saved, error) {
	var saved Saved
	if err := json.Unmarshal([]byte(text), &saved); err != nil {
		return Saved{}, errors.New("the saved login is not what frogmint saves")
	}
	return saved, nil
}

// RemoveFolder removes the private folder of a login, which may be another process's. It follows no link: where something
// else stands under the name, that is left alone, and the error says so.
func RemoveFolder(folder string) error {
	if folder == "" {
		return nil
	}
	info, err := os.Lstat(folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = errors.New("it was moved or removed")
	case err == nil && (!info.IsDir() || !strings.HasPrefix(filepath.Base(folder), folderPrefix)):
		err = errors.New("something else has its name")
	case err == nil:
		if err = os.RemoveAll(folder); err != nil {
			makeWritable(folder)
			err = os.RemoveAll(folder)
		}
	}
	if err != nil {
		return fmt.Errorf("removing the clients' files in %q: %w", folder, plainError(err))
	}
	return nil
}

// makeWritable lets the folders below one be emptied, which a step may have forbidden: tools keep what they download read-only.
func makeWritable(folder string) {
	_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, _ error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700) //nolint:gosec // a folder; who could put a link there now owns what it leads to, or gains nothing
		}
		return nil // what can't be read now can't be removed either, which the removal tells
	})
}
