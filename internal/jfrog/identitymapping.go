package jfrog

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/frogmint/frogmint/internal/httpapi"
)

// Integration reads an OIDC integration and its identity mappings, as JFrog writes them: one JSON list. Only an
// administrator may. Since Cloud 7.73.1, self-hosted 7.77.3.
func (c *Client) Integration(ctx context.Context, auth Credentials, provider string) ([]byte, error) {
	path := []string{"api", "v1", "oidc", provider}
	var integration, mappings json.RawMessage
	if _, err := c.read(ctx, request{op: "reading the OIDC integration", path: path, auth: auth}, &integration); err != nil {
		return nil, err
	}
	answer, err := c.read(ctx, request{op: "reading the identity mappings", path: append(path, "identity_mappings"), auth: auth}, &mappings)
	if err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if json.Unmarshal(mappings, &list) != nil {
		return nil, answer.Unusable("the answer is no list of identity mappings")
	}
	return json.Marshal(append([]json.RawMessage{integration}, list...))
}

func (c *Client) read(ctx context.Context, r request, into any) (httpapi.Answer, error) {
	r.method = http.MethodGet
	answer, err := c.send(ctx, r)
	if err == nil {
		err = answer.JSON(into)
	}
	return answer, err
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

// IsAdministrator reports whether the credentials are an administrator's, by a call that JFrog refuses everyone else:
// listing the groups. The error is for an answer from which that can't be told.
func (c *Client) IsAdministrator(ctx context.Context, auth Credentials) (bool, error) {
	_, err := c.send(ctx, request{
		op: "asking whether the creator is an administrator", method: http.MethodGet, path: []string{"api", "security", "groups"}, artifactory: true, auth: auth,
	})
	if refusal, ok := errors.AsType[*httpapi.Error](err); ok && refusal.Own && (refusal.Status == http.StatusForbidden || refusal.Status == http.StatusUnauthorized) {
		return false, nil
	}
	return err == nil, err
}
