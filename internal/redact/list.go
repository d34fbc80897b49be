package redact

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strings"
	"sync"
)

const (
	// shortest is the length in bytes below which a secret is not scrubbed, in whatever form: replacing "a" everywhere
	// hides nothing and spoils every message.
	shortest = 6
	// beginning is how much of a form is scrubbed where its rest is missing: servers cut what they repeat, and so do we.
	beginning = 16
)

// List remembers secrets and scrubs them from text. The zero value is ready. Safe for concurrent use.
type List struct {
	mu    sync.Mutex
	forms []form
}

// whole is for a form of which nothing less is scrubbed.
const whole = math.MaxInt

// form is one way to write a secret.
type form struct {
	text  string
	least int // so many bytes of its beginning are scrubbed without the rest
}

// Add remembers secrets of six bytes and more in clear, in base64 at each alignment, in hex, and as Text rewrites them.
// The escapes of URLs and of JSON are for Scrub to see through.
func (l *List) Add(secrets ...Secret) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, secret := range secrets {
		value := secret.Reveal()
		if len(value) < shortest {
			continue
		}
		l.add(beginning, readable(value)...)
		l.add(beginning, encoded(value)...)
	}
}

// AddBasic remembers what HTTP's basic authentication sends. A password that is too short to be scrubbed by itself is so
// beside its user name. The user name is no secret, and stays where it stands alone.
func (l *List) AddBasic(user string, password Secret) {
	l.Add(password)
	if password.IsZero() {
		return
	}
	pair := user + ":" + password.Reveal()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(whole, readable(pair)...)
	l.add(beginning, encoded(pair)...)
}

func (l *List) add(least int, texts ...string) {
	for _, text := range texts {
		if len(text) >= shortest {
			l.forms = append(l.forms, form{text, min(least, len(text))})
		}
	}
}

// readable are the forms that people can read: with the spaces as in a query, as Text leaves the value, and as the view
// without invisible characters shows it.
func readable(value string) []string {
	seen, _ := view{text: value}.without(invisible)
	return []string{value, strings.ReplaceAll(value, " ", "+"), Text(value, 3*len(value)), seen.text}
}

// encoded are the forms in base64 and hex. What stands before and after a value in base64 decides on the characters at its
// edges: the forms that don't begin with the value are without them.
func encoded(value string) []string {
	lower := hex.EncodeToString([]byte(value))
	forms := []string{lower, strings.ToUpper(lower)}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		forms = append(forms, encoding.EncodeToString([]byte(value)))
		for ahead := range 3 {
			padded := encoding.EncodeToString(append(make([]byte, ahead), value...))
			forms = append(forms, padded[(ahead*8+5)/6:(ahead+len(value))*8/6])
		}
	}
	return forms
}

// Scrub returns text with every remembered secret replaced by REDACTED, also where it is escaped for a URL or for JSON,
// or has invisible characters in it.
func (l *List) Scrub(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.forms) == 0 {
		return text
	}
	hidden := make([]bool, len(text))
	found := false
	for seen := range views(text) {
		found = l.mark(seen, hidden) || found
	}
	if !found {
		return text
	}
	return withoutHidden(text, hidden)
}

// mark notes which bytes of the original belong to a secret, and reports whether there are any.
func (l *List) mark(seen view, hidden []bool) bool {
	found := false
	for _, form := range l.forms {
		for at := 0; ; {
			next := strings.Index(seen.text[at:], form.text[:form.least])
			if next < 0 {
				break
			}
			at += next
			end := at + common(seen.text[at:], form.text)
			for i := seen.origin(at); i < seen.origin(end); i++ {
				hidden[i] = true
			}
			found, at = true, end
		}
	}
	return found
}

// common is the length of what two texts begin with.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func withoutHidden(text string, hidden []bool) string {
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			b.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString(placeholder)
		}
	}
	return b.String()
}
