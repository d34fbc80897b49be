package redact

import (
	"encoding/base64"
	"encoding/hex"
	"iter"
	"math"
	"slices"
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

// form is one way to write a secret. The whole of it is written only where its start was found: most never are, and a
// secret has a dozen forms.
type form struct {
	start string // scrubbed also without the rest
	whole func() string
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
		l.addReadable(value, beginning)
		l.addEncoded(value)
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
	l.addReadable(pair, whole)
	l.addEncoded(pair)
}

// add remembers a form that is not too short to be scrubbed.
func (l *List) add(start string, whole func() string) {
	if len(start) >= shortest {
		l.forms = append(l.forms, form{start, whole})
	}
}

// addReadable adds the forms that people can read: with the spaces as in a query, as Text leaves the value, and as the
// view without invisible characters shows it. Most values are the same in all of them.
func (l *List) addReadable(value string, least int) {
	seen, _ := view{text: value}.without(invisible)
	texts := []string{value, strings.ReplaceAll(value, " ", "+"), Text(value, 3*len(value)), seen.text}
	for i, text := range texts {
		if !slices.Contains(texts[:i], text) {
			l.add(text[:min(least, len(text))], func() string { return text })
		}
	}
}

// addEncoded adds the forms in base64 and hex.
func (l *List) addEncoded(value string) {
	// What the first 24 bytes become is longer than a start, and ends where a character of base64 does.
	head := value[:min(24, len(value))]
	add := func(write func(string) string) {
		start := write(head)
		l.add(start[:min(beginning, len(start))], func() string { return write(value) })
	}
	add(inHex)
	add(func(value string) string { return strings.ToUpper(inHex(value)) })
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		add(func(value string) string { return encoding.EncodeToString([]byte(value)) })
		for ahead := range 3 {
			add(func(value string) string { return inBase64(encoding, ahead, value) })
		}
	}
}

func inHex(value string) string { return hex.EncodeToString([]byte(value)) }

// inBase64 is a value in base64 with so many bytes ahead of it. What stands before and after it decides on the characters
// at its edges: they are left out.
func inBase64(encoding *base64.Encoding, ahead int, value string) string {
	padded := encoding.EncodeToString(append(make([]byte, ahead), value...))
	return padded[(ahead*8+5)/6 : (ahead+len(value))*8/6]
}

// Scrub returns text with every remembered secret replaced by REDACTED, also where it is escaped for a URL or for JSON,
// or has invisible characters in it.
func (l *List) Scrub(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.forms) == 0 {
		return text
	}
	var hidden []bool // by byte of the text; nil while nothing was found
	for seen := range views(text) {
		hidden = l.mark(seen, len(text), hidden)
	}
	if hidden == nil {
		return text
	}
	return withoutHidden(text, hidden)
}

// mark notes which bytes of the original, of a length, belong to a secret.
func (l *List) mark(seen view, length int, hidden []bool) []bool {
	for _, form := range l.forms {
		if !strings.Contains(seen.text, form.start) { // as nearly always: the loop below allocates
			continue
		}
		for start, end := range form.in(seen.text) {
			if hidden == nil {
				hidden = make([]bool, length)
			}
			for i := seen.origin(start); i < seen.origin(end); i++ {
				hidden[i] = true
			}
		}
	}
	return hidden
}

// in yields where the form starts in a text, and where what the text has of it ends.
func (f form) in(text string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		whole, end := "", 0
		for {
			next := strings.Index(text[end:], f.start)
			if next < 0 {
				return
			}
			if whole == "" {
				whole = f.whole()
			}
			start := end + next
			if end = start + common(text[start:], whole); !yield(start, end) {
				return
			}
		}
	}
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
