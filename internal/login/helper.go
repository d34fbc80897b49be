package login

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

// HelperSuffix ends the names under which this program is a credential helper. What is before it is the client.
const HelperSuffix = "-credential-frogmint"

// SocketVariable names the socket at which a helper is told the token in use.
const SocketVariable = "FROGMINT_SOCKET"

// Grant is what helpers are told: whose credentials are for which host, and how long nobody needs to ask again.
type Grant struct {
	Base    string // Artifactory's URL, without a slash at the end
	User    string
	Token   redact.Secret
	Renewal int64 // Unix time in seconds; 0 for a token that never expires
}

// Grant returns what was written last, as ReadGrant reads it. renewal is the time of the token's renewal, 0 for none.
func (l *Login) Grant(renewal int64) string {
	return lines(l.plan.base.String(), l.written.user, l.written.token, strconv.FormatInt(renewal, 10))
}

// ReadGrant reads what Login.Grant returned.
func ReadGrant(text string) (grant Grant, err error) {
	part := strings.Split(text, "\n")
	if len(part) != 5 || part[4] != "" {
		return grant, errors.New("it gave no credentials")
	}
	grant.Base, grant.User, grant.Token = part[0], part[1], redact.NewSecret(part[2])
	grant.Renewal, err = strconv.ParseInt(part[3], 10, 64)
	return grant, err
}

// covers reports whether a URL is of the host that the credentials are for. Nobody else gets them.
func (g *Grant) covers(address string) bool {
	asked, err := url.Parse(address)
	base, baseErr := url.Parse(g.Base)
	return err == nil && baseErr == nil && base.Host != "" && asked.Scheme == base.Scheme && strings.EqualFold(asked.Host, base.Host)
}

// Question is one call of a helper.
type Question struct {
	Word  string // behind the program's name; for go a URL
	Input string // one line of it for cargo, which may ask more than once
	Grant Grant
	Err   error // why there is no input, or no grant
}

// Answer answers a client's question in the client's own protocol: all that a helper does is to print the text on standard
// output, or the error, where its client looks for that.
func Answer(client string, q *Question) (text string, err error) {
	switch client {
	case "docker":
		return dockerHelper(q)
	case "git":
		return gitHelper(q)
	case "go":
		return goHelper(q)
	case "cargo":
		return cargoHelper(q), nil
	case "bazel":
		return bazelHelper(q)
	}
	return "", errors.New("there is no credential helper for this client")
}

// jsonQuestion is what cargo and Bazel ask.
type jsonQuestion struct {
	URI      string `json:"uri"`
	Kind     string `json:"kind"`
	Registry struct {
		URL string `json:"index-url"`
	} `json:"registry"`
}

// parse reads the input. An answer in JSON can be put together from texts: neither a user's name nor a token has anything in it
// that JSON would escape (isUser).
func (q *Question) parse() (asked jsonQuestion, err error) {
	if err = q.Err; err == nil && json.Unmarshal([]byte(q.Input), &asked) != nil {
		err = errors.New("the input is not what its client asks a credential helper")
	}
	return asked, err
}

// helped reports whether the client can ask frogmint exec, and then has it find its helper.
func (p *plan) helped() bool {
	if p.host.Helper == "" {
		return false
	}
	if !p.helps {
		p.helps = true
		p.point(SocketVariable, socketName, "")
		path := p.env("PATH")
		if path == "" {
			path = "/usr/bin:/bin" // an empty name in it would be the command's own folder
		}
		if strings.Contains(p.host.Temp, ":") {
			p.fail("let RUNNER_TEMP or TMPDIR name a directory without a colon", "the temporary folder %q has a colon, which PATH can't hold", p.host.Temp)
		}
		p.replace(variable{name: "PATH", value: func(c credentials) string { return c.path("bin:") + path }})
	}
	p.links = append(p.links, link{"bin/" + p.entry.name + HelperSuffix, p.host.Helper})
	return true
}

// socketName is short: the path of a socket may have 103 bytes.
const socketName = "s"

// Socket is where helpers are to be answered; empty where no client has one.
func (l *Login) Socket() string {
	if !l.plan.helps {
		return ""
	}
	return credentials{folder: l.folder}.path(socketName)
}

// helper is what a client runs: the path, or, where the client would take that apart, the name, which is in PATH.
func (c credentials) helper(client string) string {
	path := c.path("bin/" + client + HelperSuffix)
	if strings.ContainsAny(path, " \t\n;'\"\\$`&|<>()*?[]#~!{}") {
		return client + HelperSuffix
	}
	return path
}
