package cli

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/login"
)

// imageBinary is where the container action's image has this program.
const imageBinary = "/frogmint"

// planLogin finds what keeps the input login from working, while there is no token yet.
func (c *Command) planLogin(in inputs.Inputs, forCommand bool) (*login.Login, error) {
	if in.Config.NoRevoke && !forCommand {
		return nil, &action.ConfigError{Field: "login", Reason: "with revoke false there is no post step that logs out", Fix: "leave revoke out"}
	}
	helper := ""
	if forCommand && runtime.GOOS != "windows" { // which has other sockets and links
		helper = c.Executable
	}
	planned, err := login.New(in.Login, login.Host{
		Env: c.getenv, URL: in.Config.URL, ArtifactoryURL: in.Config.ArtifactoryURL, RootsPEM: in.Config.RootsPEM,
		Temp: cmp.Or(c.getenv("RUNNER_TEMP"), c.getenv("TMPDIR")), Container: !forCommand && c.Executable == imageBinary, Command: forCommand,
		Helper: helper,
	})
	if err != nil {
		return nil, loginProblems(err)
	}
	return planned, nil
}

// loginProblems blames the input for each cause of an error, with the cause's own fix.
func loginProblems(err error) error {
	causes := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		causes = several.Unwrap()
	}
	var problems []error
	for _, cause := range causes {
		fix := ""
		if known, ok := errors.AsType[*login.ProblemError](cause); ok {
			fix = known.Fix
		}
		problems = append(problems, &action.ConfigError{Field: "login", Reason: cause.Error(), Fix: fix})
	}
	return errors.Join(problems...)
}

func openLogin(l *login.Login) error {
	if err := l.Open(); err != nil {
		field := "login"
		if l.Clients() == 0 {
			field = login.JFHomeVariable
		}
		return &action.ConfigError{Field: field, Reason: err.Error(), Fix: "let RUNNER_TEMP or TMPDIR name a directory that this job may write to"}
	}
	return nil
}

// loginVariables are those that the clients read.
func loginVariables(l *login.Login) []ci.Output {
	var outputs []ci.Output
	for _, v := range l.Variables() {
		outputs = append(outputs, ci.Output(v))
	}
	return outputs
}

// logIn logs the clients of later steps in. What stands in their files is masked since the token was recorded, the basic form too.
func (r *runner) logIn(token action.Token) error {
	if r.login == nil {
		return nil
	}
	if err := r.login.Write(token.Username, token.AccessToken); err != nil {
		return err
	}
	r.loggedIn = true
	if err := r.system.Setenv(r.host, loginVariables(r.login)); err != nil {
		return err
	}
	where := "by variables"
	if folder := r.login.Folder(); folder != "" {
		where += " and files in " + folder
	}
	r.say(fmt.Sprintf("%s logged in as %s, %s%s", clientCount(r.login.Clients()), token.Username, where,
		r.promise("; the post step logs out and revokes the token")))
	return nil
}

// abandonLogin removes what a mint that failed leaves, and leaves the post step nothing to log out.
func (r *runner) abandonLogin() {
	if r.login == nil {
		return
	}
	err := r.login.Remove()
	if saved, savedErr := login.Restore(r.saved.Login); r.loggedIn && savedErr == nil {
		r.restoreVariables(saved.Before)
	}
	if err == nil && r.saved.Login != "" {
		r.saved.Login = ""
		err = r.saveState(r.saved)
	}
	if err != nil {
		r.printer.Warn(err.Error())
	}
}

// logOut takes back what the main step wrote. Whatever goes wrong, the token is revoked after it.
func (r *runner) logOut(text string) {
	if text == "" {
		return
	}
	saved, err := login.Restore(text)
	if err == nil {
		err = login.RemoveFolder(saved.Folder)
	}
	if err != nil {
		r.printer.Warn(err.Error())
	} else {
		r.printer.loggedOut(saved.Clients)
	}
	if len(saved.Before) > 0 {
		r.restoreVariables(saved.Before)
	}
}

// restoreVariables gives the clients' variables their former values, for the steps that follow.
func (r *runner) restoreVariables(values map[string]string) {
	var before []ci.Output
	for name, value := range values {
		before = append(before, ci.Output{Name: name, Value: value})
	}
	if err := r.system.Setenv(r.host, before); err != nil {
		r.printer.Info("the clients' variables stay set: " + err.Error())
	}
}

// loggedOut is said with what becomes of the token.
func (p *printer) loggedOut(clients int) {
	if clients == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.logout = clientCount(clients) + " logged out; "
}

func clientCount(clients int) string {
	if clients == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", clients)
}
