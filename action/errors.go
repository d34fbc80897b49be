package action

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// APIError is a call that was refused or got no usable answer (Status 0: none at all). Its fields Status, Code, Message
// and Detail hold the other side's words, Own whether they are JFrog's own, Cause and Fix what is known about it. Its text
// is safe to print. Find it with errors.As.
type APIError = httpapi.Error

// ConfigError is a configuration that can't be used. Its text names the field as the action's input is named, and never
// holds the value of a secret.
type ConfigError struct {
	Field  string
	Reason string
	Fix    string
}

// Error names the field and what is wrong with it.
func (e *ConfigError) Error() string { return e.Field + ": " + e.Reason }

// Hint tells what to write instead.
func (e *ConfigError) Hint() string { return e.Fix }

// AliveToken is a token that may be alive.
type AliveToken struct {
	ID          string    // empty where JFrog's answer was lost
	Description string    // of a token without an ID: JFrog lists it under this
	ExpiresAt   time.Time // zero for never or not known
	Reason      string    // why it may be alive
}

// String names the token, for people.
func (t AliveToken) String() string {
	var b strings.Builder
	switch {
	case t.ID != "":
		fmt.Fprintf(&b, "token %s: ", shown(t.ID))
	case t.Description != "":
		fmt.Fprintf(&b, "a token with the description %q: ", t.Description)
	}
	b.WriteString(t.Reason)
	if t.ID == "" && !t.ExpiresAt.IsZero() {
		b.WriteString(", valid until " + t.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return b.String()
}

// LeftAliveError is a failure after which tokens may be alive.
type LeftAliveError struct {
	Tokens []AliveToken
	Err    error // what went wrong first; nil where nothing else did
}

// Error says what went wrong and which tokens may be alive.
func (e *LeftAliveError) Error() string {
	names := make([]string, len(e.Tokens))
	for i, token := range e.Tokens {
		names[i] = token.String()
	}
	alive := "may still be alive: " + strings.Join(names, "; ")
	if e.Err == nil {
		return alive
	}
	return e.Err.Error() + "; " + alive
}

// Unwrap gives what went wrong first.
func (e *LeftAliveError) Unwrap() error { return e.Err }

// Hint tells what to do about the tokens.
func (e *LeftAliveError) Hint() string {
	return "revoke it in JFrog (Administration, User Management, Access Tokens), or wait until it expires"
}

// BroaderScopeError is a token that grants more than was asked for. It has been revoked when Mint returns.
type BroaderScopeError struct {
	Asked   string
	Granted string
	Surplus []string // what was not asked for: permissions, a user, a longer life, an audience, a refresh token
}

// Error names the surplus.
func (e *BroaderScopeError) Error() string {
	return fmt.Sprintf("the granted token (scope %q) is broader than what was asked for (%q): it also has %s",
		shown(e.Granted), shown(e.Asked), shown(strings.Join(e.Surplus, ", ")))
}

// Hint tells what to do.
func (e *BroaderScopeError) Hint() string {
	return "find out in JFrog why more is granted; allow-broader-scope turns this into a warning"
}

// errNoIDToken is for a provider without a way to get the job's ID token.
func errNoIDToken() error {
	return &ConfigError{Field: "oidc-provider-name", Reason: "there is no ID token to exchange", Fix: "say where the job's ID token comes from"}
}

// errCreatorsToken is for an answer to a mint that repeats the creator's own token. It must neither be handed to the job nor
// be revoked.
func errCreatorsToken() error {
	return errors.New("minting an access token: the answer holds the creator's own token, not a new one: something in front of JFrog gave it")
}

// errAdminUnasked is for a token that would have admin permissions although nobody asked for them.
func errAdminUnasked(user string) error {
	return &ConfigError{
		Field:  "groups",
		Reason: fmt.Sprintf("none of groups, scope and grant-admin is set, and the permissions of user %s are an administrator's", shown(cmp.Or(user, "unknown"))),
		Fix:    "set groups or scope to what the job needs; where it needs to be an administrator, say so with grant-admin",
	}
}

// shown bounds a value for the log and for errors. Secrets never come here.
func shown(value string) string { return redact.Text(value, 200) }
