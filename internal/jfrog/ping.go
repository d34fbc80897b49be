package jfrog

import (
	"context"
	"net/http"
)

// Ping asks whether the platform answers at all. Anyone may ask.
func (c *Client) Ping(ctx context.Context) error {
	_, err := do[nothing](ctx, c, call{
		op: "asking whether the platform is there", method: http.MethodGet, path: []string{"artifactory", "api", "system", "ping"},
	})
	return err
}
