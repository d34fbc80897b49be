package action

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// TooOld is a refusal by a server that is too old for what was asked.
type TooOld struct {
	Err     error // what JFrog said, or what it left out
	Version string
	Needs   string // the feature and the release that brought it
	Instead string // what to do where updating isn't possible
}

// Error says what happened, and the two versions.
func (e *TooOld) Error() string {
	return fmt.Sprintf("%v; this server is %s, and %s", e.Err, e.Version, e.Needs)
}

// Unwrap gives what JFrog said.
func (e *TooOld) Unwrap() error { return e.Err }

// Hint tells what to do.
func (e *TooOld) Hint() string { return "update JFrog, or " + e.Instead }

// versionPatience bounds the question for the version in a stage that has failed already.
const versionPatience = 3 * time.Second

// blameVersion asks a server that refused for its version, and says so if that explains it. It is never asked while all goes well.
func (m *minting) blameVersion(ctx context.Context, creator jfrog.Credentials, err error, features ...int) error {
	if len(features) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, versionPatience)
	defer cancel()
	version, failed := m.client.Version(ctx, creator)
	if failed != nil {
		return err
	}
	var needs []string
	instead := "don't ask for it"
	for _, feature := range features {
		if f := jfrog.Features()[feature]; jfrog.Older(version, f.Since) {
			needs = append(needs, f.Name+" needs "+f.Since)
			if f.Instead != "" {
				instead = f.Instead
			}
		}
	}
	if len(needs) == 0 {
		return err
	}
	return &TooOld{Err: err, Version: version, Needs: strings.Join(needs, ", "), Instead: instead}
}

// newFeatures lists what a request uses that not every release has.
func (m *minting) newFeatures(request jfrog.Request) []int {
	var used []int
	for feature, uses := range map[int]bool{
		jfrog.ReferenceTokens:  request.Reference,
		jfrog.BasicCredentials: m.config.Creator.User != "",
		jfrog.ProjectRoles:     strings.Contains(request.Scope, "applied-permissions/roles:"),
		jfrog.LongExpiry:       request.ExpiresIn != nil && *request.ExpiresIn == 0,
	} {
		if uses {
			used = append(used, feature)
		}
	}
	return used
}

// refusedForGood reports whether JFrog said no to the request itself.
func refusedForGood(err error) bool {
	var refusal *jfrog.Error
	return errors.As(err, &refusal) && refusal.Status >= 400 && refusal.Status < 500 && !refusal.Temporary()
}
