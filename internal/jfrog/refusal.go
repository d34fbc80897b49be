package jfrog

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// refusalEntry is one entry of a refusal. Access gives a code, Artifactory a status.
type refusalEntry struct {
	Code    string `json:"code"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Detail  string `json:"detail"`
}

// refusalBody holds JFrog's forms of a refusal: Access's list, its flat object before 7.50, Artifactory's list, and the
// OAuth form of the legacy token endpoint (RFC 6749).
type refusalBody struct {
	refusalEntry
	Errors      []refusalEntry `json:"errors"`
	Error       string         `json:"error"`
	Description string         `json:"error_description"`
}

// readRefusal reads a refusal's code and words into the error, and reports whether the body has one of JFrog's forms.
// What the request sent is removed from the strings that come out too: they may hold another body.
//
// A gateway's JSON, such as {"message":"Unauthorized"}, is in none of these forms. Its words are shown, and prove nothing.
func readRefusal(refusal *httpapi.Error, body []byte, sent *redact.List, oauth bool) bool {
	var parsed refusalBody
	entry, own := refusalEntry{}, false
	if json.Unmarshal(body, &parsed) == nil {
		entry, own = parsed.entry(refusal.Status, oauth)
	}
	if entry.Message == "" && !strings.HasPrefix(strings.TrimSpace(string(body)), "<") {
		entry.Message = string(body) // in no known form: it is shown as it is
	}
	refusal.Code = redact.Text(sent.Scrub(entry.Code), 80)
	refusal.Message = redact.Text(sent.Scrub(entry.Message), httpapi.MaxMessage)
	refusal.Detail = redact.Text(sent.Scrub(entry.Detail), httpapi.MaxMessage)
	return own
}

// entry takes the words out of a body that came with a status, and reports whether they are in one of JFrog's forms.
func (b refusalBody) entry(status int, oauth bool) (entry refusalEntry, own bool) {
	switch {
	case len(b.Errors) > 0:
		entry = b.Errors[0]
		return entry, entry.Message != "" && (isCode(entry.Code) || entry.Status == status)
	case b.Error != "":
		entry = refusalEntry{Code: b.Error, Message: b.Error, Detail: cmp.Or(b.Description, b.Message)}
		return entry, oauth && isOAuthCode(b.Error) && b.Description != ""
	}
	return b.refusalEntry, isCode(b.Code) && b.Message != ""
}

// isCode reports whether a code has the form of Access's: BAD_REQUEST.
func isCode(code string) bool {
	return code != "" && !strings.ContainsFunc(code, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') })
}

// isOAuthCode reports whether a code has the form of OAuth's: invalid_grant. A gateway's "Unauthorized" hasn't.
func isOAuthCode(code string) bool {
	return !strings.ContainsFunc(code, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
}
