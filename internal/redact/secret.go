// Package redact keeps secrets and hostile text out of everything that people read.
//
// Secret is the type of every credential in the program: it prints as REDACTED under every fmt verb and in JSON, and
// only Reveal gives the value. Text makes a foreign string safe for a CI log. List scrubs known secrets from text.
package redact

import (
	"fmt"
	"io"
	"unique"
)

const placeholder = "REDACTED"

// Secret holds a credential. The zero value is the absence of one. It is safe for concurrent use and may be copied.
//
// The value is behind a pointer: for %p, and for a field that isn't exported, fmt calls no method and prints what it can
// reach, which is an address here. Two handles of the same value are the same, so that == compares values.
type Secret struct{ handle unique.Handle[string] }

var (
	_ fmt.Formatter = Secret{}
	_ fmt.Stringer  = Secret{}
)

// NewSecret wraps a credential.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{unique.Make(value)}
}

// Reveal returns the credential itself. Each call of it is a place to review: the value goes to a server, a mask, the
// state or an output, and nowhere else.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.handle.Value()
}

// IsZero reports whether there is no credential.
func (s Secret) IsZero() bool { return s == Secret{} }

// Equal reports whether both are the same credential, or both none.
func (s Secret) Equal(other Secret) bool { return s == other }

// String returns REDACTED.
func (s Secret) String() string { return placeholder }

// Format prints REDACTED under every verb that fmt asks it for, %#v, %x and %q included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, placeholder) }

// MarshalText makes encoding/json and its like write REDACTED, so that no struct leaks by being marshalled.
func (s Secret) MarshalText() ([]byte, error) { return []byte(placeholder), nil }

// UnmarshalText takes the credential from an answer or a saved state.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// Clear is a Secret that encoding/json writes in clear: for the body of a request and for the saved state, and for
// nothing else. To fmt it is a Secret like any other.
type Clear struct{ Secret }

// MarshalText gives the credential itself.
func (c Clear) MarshalText() ([]byte, error) { return []byte(c.Reveal()), nil }
