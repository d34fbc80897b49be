package jfrog

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

const self = "me"

// RevokeSelf revokes the token that authenticates the call (since 7.53.1). found is false where JFrog answers 204, which
// means that it knows no such token: one that isn't stored goes on working. A nil error proves nothing: ask with Probe.
func (c *Client) RevokeSelf(ctx context.Context, token redact.Secret) (found bool, err error) {
	answer, err := c.revoke(ctx, "revoking the token", self, Credentials{Token: token})
	return err == nil && answer.Status() != http.StatusNoContent, err
}

// RevokeID revokes a token by its id (since 7.21.1): one's own, or, for an admin, anyone's.
func (c *Client) RevokeID(ctx context.Context, auth Credentials, id string) error {
	if err := checkID(id); err != nil {
		return fmt.Errorf("revoking a token by its id: %w", err)
	}
	_, err := c.revoke(ctx, fmt.Sprintf("revoking token %s", id), id, auth)
	return err
}

// revoke sends a revocation. A page with status 200 isn't JFrog's word.
func (c *Client) revoke(ctx context.Context, op, id string, auth Credentials) (httpapi.Answer, error) {
	answer, err := c.send(ctx, request{op: op, method: http.MethodDelete, path: []string{"api", "v1", "tokens", id}, auth: auth})
	if err == nil {
		err = answer.CheckNoPage()
	}
	return answer, err
}

// checkID keeps an empty id (JFrog answers 405 for the bare path, vault plugin #286), "me" and path tricks out of a path.
func checkID(id string) error {
	if id == "" || id == self || len(id) > 255 {
		return errors.New("no usable token id")
	}
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return fmt.Errorf("token id %q holds a character that no id has", redact.Text(id, 80))
		}
	}
	return nil
}
