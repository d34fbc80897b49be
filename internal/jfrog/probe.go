package jfrog

import (
	"context"
	"errors"
	"net/http"

	"github.com/frogmint/frogmint/internal/redact"
)

// Door is an endpoint that a token can be tried on.
type Door string

// The doors. Access is where a revocation happens; Artifactory is where the token is used, and the only door of a token
// that Access doesn't take: one of the older API, one whose audience leaves Access out before 7.68, any before 7.53.1.
const (
	AccessDoor      Door = "access"      // GET /access/api/v1/tokens/me
	ArtifactoryDoor Door = "artifactory" // GET /artifactory/api/system/version, 401 on bad credentials
)

// Verdict is what a door said to a token.
type Verdict int

// The verdicts.
const (
	Unanswered Verdict = iota // no answer, or one that says nothing about the token, such as a proxy's own 401
	Accepted                  // 200
	Unlisted                  // 403 or 404: let in, but the token isn't stored, or the server is too old to know "me"
	Refused                   // 401, in JFrog's words
)

// Probe asks with the token at a door. Unanswered comes with the error that explains it; Refused with JFrog's words for
// the refusal, as an *Error.
func (c *Client) Probe(ctx context.Context, door Door, token redact.Secret) (Verdict, error) {
	path := []string{"access", "api", "v1", "tokens", self}
	if door == ArtifactoryDoor {
		path = []string{"artifactory", "api", "system", "version"}
	}
	// A sign-in page with status 200 says nothing about the token: the answer must be JSON.
	_, err := do[struct{}](ctx, c, call{
		op: "asking with the token", method: http.MethodGet, path: path, auth: Credentials{Token: token},
	})
	var refusal *Error
	switch {
	case err == nil:
		return Accepted, nil
	case !errors.As(err, &refusal):
		return Unanswered, err
	case refusal.Status == http.StatusUnauthorized && !refusal.Foreign():
		return Refused, err
	case refusal.Status == http.StatusNotFound, refusal.Status == http.StatusForbidden:
		return Unlisted, err
	}
	return Unanswered, err
}
