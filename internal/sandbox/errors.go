package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// service names which of JFrog's services answers: each has its own error body.
type service string

const (
	access      service = "access"
	artifactory service = "artifactory"
	issuer      service = "oidc-issuer"
)

// apiError is a refusal with the words that go on the wire.
type apiError struct {
	status  int
	message string
	detail  string
	oauth   string // the error's name where the body is OAuth's
}

// Error returns the message.
func (e *apiError) Error() string { return e.message }

func refuse(status int, message string) *apiError { return &apiError{status: status, message: message} }
func badRequest(message string) *apiError         { return refuse(http.StatusBadRequest, message) }
func unauthorized(message string) *apiError       { return refuse(http.StatusUnauthorized, message) }
func notFound(message string) *apiError           { return refuse(http.StatusNotFound, message) }

// forbidden is the one word that JFrog answers when a principal may not do something (observed in issues).
func forbidden() *apiError { return refuse(http.StatusForbidden, "Forbidden") }

// plain is the answer of JFrog's web layer when no handler was reached: "HTTP 405 Method Not Allowed" was observed,
// the other statuses follow its form (inferred).
func plain(status int) *apiError {
	return refuse(status, fmt.Sprintf("HTTP %d %s", status, http.StatusText(status)))
}

func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return refuse(http.StatusInternalServerError, "internal error")
}

type accessError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"`
}

type artifactoryError struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

// body gives the error in the shape of the service: a list with codes from Access, the same flat from releases before
// the list, a list with numbers from Artifactory.
func (e *apiError) body(by service, at version) any {
	if e.oauth != "" {
		return map[string]string{"error": e.oauth, "error_description": e.message}
	}
	if by == artifactory {
		return map[string]any{"errors": []artifactoryError{{e.status, e.message}}}
	}
	one := accessError{e.code(), e.message, e.detail}
	if by == access && at < errorListSince {
		return one
	}
	return map[string]any{"errors": []accessError{one}}
}

// code spells the status as Access does: BAD_REQUEST, NOT_FOUND, METHOD_NOT_ALLOWED.
func (e *apiError) code() string {
	return strings.ToUpper(strings.ReplaceAll(http.StatusText(e.status), " ", "_"))
}
