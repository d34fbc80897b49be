package jfrog

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
)

// Version asks for Artifactory's version, to explain a refusal with it. Any accepted credentials may ask.
func (c *Client) Version(ctx context.Context, auth Credentials) (string, error) {
	answer, err := c.send(ctx, request{
		op: "asking for the version", method: http.MethodGet, path: []string{"api", "system", "version"}, artifactory: true, auth: auth,
	})
	var system struct {
		Version string `json:"version"`
	}
	if err == nil {
		err = answer.JSON(&system)
	}
	switch {
	case err != nil:
		return "", err
	case system.Version == "":
		return "", answer.Unusable("the answer holds no version")
	}
	return answer.Text(system.Version, 40), nil
}

// Ping asks whether the platform answers at all. Anyone may ask. A page that isn't JFrog's, such as one to sign in, is an
// error with status 200.
func (c *Client) Ping(ctx context.Context) error {
	answer, err := c.send(ctx, request{
		op: "asking whether the platform is there", method: http.MethodGet, path: []string{"api", "system", "ping"}, artifactory: true,
	})
	if err == nil && bytes.HasPrefix(bytes.TrimSpace(answer.Body), []byte("<")) {
		return answer.Unusable("the answer is a page and not JFrog's OK")
	}
	return err
}

// Feature is something that a release added.
type Feature struct {
	Name    string
	Since   string
	Instead string // what to do where updating isn't possible; empty for doing without
}

// The features whose release explains a refusal (JFrog's documentation of each call).
const (
	AccessAPI = iota
	ReferenceTokens
	LongExpiry
	ForceRevocable
	BasicCredentials
	ProjectRoles
)

// Features returns what each release added, by the constants above.
func Features() []Feature {
	return []Feature{
		AccessAPI:        {"the Access API", "7.21.1", "set api to legacy"},
		ReferenceTokens:  {"a reference token", "7.38.10", ""},
		LongExpiry:       {"a token that never expires", "7.42.1", "ask for a long expiry"},
		ForceRevocable:   {"force-revocable", "7.50.3", "ask for a short expiry, so that the token dies soon by itself"},
		BasicCredentials: {"a user's own credentials for the Access API", "7.63.2", "set api to legacy, or give an access-token"},
		ProjectRoles:     {"a project admin's scope of roles", "7.84.3", "let an admin make the token"},
	}
}

// Older reports whether version is before since. A version that isn't three numbers is never older.
func Older(version, since string) bool {
	v, ok := numbers(version)
	s, _ := numbers(since)
	if !ok {
		return false
	}
	for i := range v {
		if v[i] != s[i] {
			return v[i] < s[i]
		}
	}
	return false
}

func numbers(version string) (parts [3]int, ok bool) {
	fields := strings.SplitN(version, ".", 3)
	if len(fields) != len(parts) {
		return parts, false
	}
	for i, field := range fields {
		// 7.111.4-m001 is a build of 7.111.4
		if at := strings.IndexFunc(field, func(r rune) bool { return r < '0' || r > '9' }); at >= 0 {
			field = field[:at]
		}
		n, err := strconv.Atoi(field)
		if err != nil {
			return parts, false
		}
		parts[i] = n
	}
	return parts, true
}

// UsedFeatures lists what a mint uses that not every release has.
func UsedFeatures(r MintRequest, creator Credentials) []int {
	var used []int
	for _, feature := range []struct {
		id   int
		used bool
	}{
		{ReferenceTokens, r.Reference},
		{BasicCredentials, creator.User != ""},
		{ProjectRoles, strings.Contains(r.Scope, rolesPrefix)},
		{LongExpiry, r.ExpiresIn != nil && *r.ExpiresIn == 0},
	} {
		if feature.used {
			used = append(used, feature.id)
		}
	}
	return used
}
