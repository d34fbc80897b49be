package redact

import (
	"encoding/base64"
	"sort"
	"strings"
	"sync"
)

// shortest is the length in bytes below which a secret is not scrubbed: replacing "a" everywhere hides nothing and
// spoils every message.
const shortest = 6

// List remembers secrets and scrubs them from text. The zero value is ready. Safe for concurrent use.
type List struct {
	mu    sync.Mutex
	forms []string
}

// Add remembers secrets in clear and in base64, with and without the padding.
func (l *List) Add(secrets ...Secret) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range secrets {
		value := s.Reveal()
		if len(value) < shortest {
			continue
		}
		l.forms = append(l.forms, value,
			base64.RawStdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)))
	}
	// The longest first: a token whose part is a secret of its own must not leave its rest behind.
	sort.SliceStable(l.forms, func(i, j int) bool { return len(l.forms[i]) > len(l.forms[j]) })
}

// Scrub returns text with every remembered secret replaced by REDACTED.
func (l *List) Scrub(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, form := range l.forms {
		text = strings.ReplaceAll(text, form, placeholder)
	}
	return text
}
