package redact

import (
	"encoding/base64"
	"strings"
)

// Credentials are a token, or a user with a password. Each may be absent.
type Credentials struct {
	Token    Secret
	User     string
	Password Secret
}

// In reports whether a text holds the token, or the password in a place for passwords: as it is, escaped for a URL or for
// JSON, or in base64, as in HTTP's basic authentication and in the files of docker and npm.
func (c Credentials) In(text string) bool {
	if c.Token.IsZero() && c.Password.IsZero() {
		return false
	}
	for seen := range views(text) {
		if c.inClear(seen.text) {
			return true
		}
		for word := range strings.FieldsFuncSeq(seen.text, notBase64) {
			if len(word) < shortestBase64 {
				continue
			}
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				if decoded, err := encoding.DecodeString(word); err == nil && c.inClear(string(decoded)) {
					return true
				}
			}
		}
	}
	return false
}

// shortestBase64 is the length of a word below which it isn't taken for base64.
const shortestBase64 = 8

func notBase64(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("+/_-", r)
}

// Shorter tokens are found only where they are the whole text, shorter passwords not at all: they would be by chance.
const (
	shortestToken    = 16
	shortestPassword = 6
	longPassword     = 10 // too long for a common word
)

func (c Credentials) inClear(text string) bool {
	token := c.Token.Reveal()
	if token != "" && (text == token || len(token) >= shortestToken && strings.Contains(text, token)) {
		return true
	}
	password := c.Password.Reveal()
	if len(password) < shortestPassword {
		return false
	}
	return strings.Contains(text, c.User+":"+password) || inPasswordPlace(text, password)
}

// inPasswordPlace reports whether a password stands where one is usually written, since it may be a common word: alone,
// behind = or :, and, if it is long, between blanks. It may be in quotes.
func inPasswordPlace(text, password string) bool {
	before, behind := "=:", `"'&@`
	if len(password) >= longPassword {
		before, behind = before+blanks, behind+";"+blanks
	}
	for at := 0; ; at++ {
		next := strings.Index(text[at:], password)
		if next < 0 {
			return false
		}
		at += next
		if opens(text[:at], before) && closes(text[at+len(password):], behind) {
			return true
		}
	}
}

const blanks = "\t\n\f\r "

// opens reports whether a text ends as one before a password does: it is empty, or ends with one of the characters and
// perhaps a quote.
func opens(text, with string) bool {
	last := len(text) - 1
	if last > 0 && strings.IndexByte(`"'`, text[last]) >= 0 && strings.IndexByte(with, text[last-1]) >= 0 {
		return true
	}
	return last < 0 || strings.IndexByte(with, text[last]) >= 0
}

func closes(text, with string) bool { return text == "" || strings.IndexByte(with, text[0]) >= 0 }
