package redact

import (
	"encoding/base64"
	"regexp"
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
		for _, word := range regexp.MustCompile(`[A-Za-z0-9+/_-]{8,}`).FindAllString(seen.text, -1) {
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				if decoded, err := encoding.DecodeString(word); err == nil && c.inClear(string(decoded)) {
					return true
				}
			}
		}
	}
	return false
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
	return strings.Contains(text, c.User+":"+password) || passwordPlace(password).MatchString(text)
}

// passwordPlace matches a password where one is usually written, since it may be a common word: alone, behind = or :, and, if
// it is long, between blanks.
func passwordPlace(password string) *regexp.Regexp {
	before, behind := "=:", `"'&@`
	if len(password) >= longPassword {
		before, behind = before+`\s`, behind+`;\s`
	}
	return regexp.MustCompile("(^|[" + before + `]["']?)` + regexp.QuoteMeta(password) + "($|[" + behind + "])")
}
