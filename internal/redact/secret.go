// Package redact keeps secrets and hostile text out of everything that people read.
//
// Secret is the type of every credential in the program: it prints as REDACTED under every fmt verb and in JSON, and
// only Reveal gives the value. Text makes a foreign string safe for a CI log. List scrubs known secrets from text.
package redact

import (
	"fmt"
	"io"
)

const placeholder = "REDACTED"

// Secret holds a credential. The zero value is the absence of one. It is safe for concurrent use and may be copied.
type Secret struct{ value string }

var (
	_ fmt.Formatter = Secret{}
	_ fmt.Stringer  = Secret{}
)

// NewSecret wraps a credential.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the credential itself. Each call of it is a place to review: the value goes to a server, a mask, the
// state or an output, and nowhere else.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is no credential.
func (s Secret) IsZero() bool { return s.value == "" }

// String returns REDACTED.
func (s Secret) String() string { return placeholder }

// Format prints REDACTED under every verb, %#v, %x and %q included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, placeholder) }

// MarshalText makes encoding/json and its like write REDACTED, so that no struct leaks by being marshalled.
func (s Secret) MarshalText() ([]byte, error) { return []byte(placeholder), nil }
