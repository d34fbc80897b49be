package sandbox

import "net/http"

type revokeRequest struct {
	Token string `json:"token"`
}

type revokeResponse struct {
	ID string `json:"revoked-token-id"`
}

// revokeValue revokes a token that an administrator gives by its value, a JWT or a reference token. What is answered
// for a token that isn't there, or for anything else such as a refresh token, isn't documented: 204 as by id.
func (c *call) revokeValue() error {
	if _, err := c.adminCaller(); err != nil {
		return err
	}
	var req revokeRequest
	if err := c.decode(&req); err != nil {
		return err
	}
	if req.Token == "" {
		return badRequest("token is required")
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t, err := c.s.byValue(req.Token)
	switch {
	case err != nil:
		return err
	case t == nil || t.dead(c.now, 0):
		return c.empty(http.StatusNoContent)
	}
	if err := c.revoke(t); err != nil {
		return err
	}
	return c.json(http.StatusOK, revokeResponse{t.id})
}
