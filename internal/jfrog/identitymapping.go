package jfrog

import (
	"context"
	"encoding/json"
	"net/http"
)

// Integration reads an OIDC integration and its identity mappings, as JFrog writes them: one JSON list. Only an
// administrator may. Since Cloud 7.73.1, self-hosted 7.77.3.
func (c *Client) Integration(ctx context.Context, auth Credentials, provider string) ([]byte, error) {
	path := []string{"api", "v1", "oidc", provider}
	answer, err := c.send(ctx, request{op: "reading the OIDC integration", method: http.MethodGet, path: path, auth: auth})
	if err != nil {
		return nil, err
	}
	var integration, mappings json.RawMessage
	if err := answer.JSON(&integration); err != nil {
		return nil, err
	}
	answer, err = c.send(ctx, request{op: "reading the identity mappings", method: http.MethodGet, path: append(path, "identity_mappings"), auth: auth})
	if err == nil {
		err = answer.JSON(&mappings)
	}
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if json.Unmarshal(mappings, &list) != nil {
		return nil, answer.Unusable("the answer is no list of identity mappings")
	}
	return json.Marshal(append([]json.RawMessage{integration}, list...))
}

// Groups reads the names of all groups. Only an administrator may.
func (c *Client) Groups(ctx context.Context, auth Credentials) ([]string, error) {
	answer, err := c.send(ctx, request{op: "listing the groups", method: http.MethodGet, path: []string{"api", "security", "groups"}, artifactory: true, auth: auth})
	var groups []struct {
		Name string `json:"name"`
	}
	if err == nil {
		err = answer.JSON(&groups)
	}
	if err != nil {
		return nil, err
	}
	names := make([]string, len(groups))
	for i, group := range groups {
		names[i] = answer.Text(group.Name, 200)
	}
	return names, nil
}
