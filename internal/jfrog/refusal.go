package jfrog

import (
	"encoding/json"
	"net"
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
	if json.Unmarshal(body, &parsed) != nil {
		if refusal.Title == "" && !strings.HasPrefix(strings.TrimSpace(string(body)), "<") {
			refusal.Message = redact.Text(string(body), httpapi.MaxMessage)
		}
		return false
	}
	entry, own := parsed.refusalEntry, false
	switch {
	case len(parsed.Errors) > 0:
		entry = parsed.Errors[0]
		own = isCode(entry.Code) && entry.Message != "" || entry.Status == refusal.Status && entry.Message != ""
	case parsed.Error != "":
		entry = refusalEntry{Code: parsed.Error, Message: parsed.Error, Detail: parsed.Description}
		own = oauth
	default:
		own = isCode(entry.Code) && entry.Message != ""
	}
	refusal.Code = redact.Text(sent.Scrub(entry.Code), 80)
	refusal.Message = redact.Text(sent.Scrub(entry.Message), httpapi.MaxMessage)
	refusal.Detail = redact.Text(sent.Scrub(entry.Detail), httpapi.MaxMessage)
	return own
}

// isCode reports whether a code has the form of Access's: BAD_REQUEST.
func isCode(code string) bool {
	return code != "" && !strings.ContainsFunc(code, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') })
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
