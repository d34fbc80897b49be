package login

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/frogmint/frogmint/internal/redact"
)

// Place is where clients find the token in use.
type Place interface {
	// Write puts a token and the name of its user there, each file in one step.
	Write(user string, token redact.Secret) error
	// Remove takes away what is there. A Login fails where it is gone already: it may be elsewhere.
	Remove() error
}

var _ Place = TokenFile("")

// TokenFile is the path of a file that holds nothing but the token, mode 0600.
type TokenFile string

// Check fails where Write would, and changes nothing.
func (f TokenFile) Check() error { return checkReplaceable(string(f)) }

// Write implements Place.
func (f TokenFile) Write(_ string, token redact.Secret) error {
	if err := replaceFile(string(f), []byte(token.Reveal())); err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	return nil
}

// Remove implements Place.
func (f TokenFile) Remove() error {
	if err := os.Remove(string(f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the token file: %w", err)
	}
	return nil
}
