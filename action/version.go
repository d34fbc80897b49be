package action

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// TooOldError is a refusal by a server that is too old for what was asked.
type TooOldError struct {
	Err     error // what JFrog said, or what it left out
	Version string
	Needs   string // the feature and the release that brought it
	Instead string // what to do where updating isn't possible
}

// Error says what happened, and the two versions.
func (e *TooOldError) Error() string {
	return fmt.Sprintf("%v; this server is %s, and %s", e.Err, e.Version, e.Needs)
}

// Unwrap gives what JFrog said.
func (e *TooOldError) Unwrap() error { return e.Err }

// Hint tells what to do.
func (e *TooOldError) Hint() string { return "update JFrog, or " + e.Instead }

// version asks for the server's version, in a step that has failed already. It is never asked while all goes well.
func (s *session) version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTime)
	defer cancel()
	return s.api.Version(ctx, s.creator)
}

// explainByVersion returns err, or a *TooOldError around it where the server is older than one of the features.
func (s *session) explainByVersion(ctx context.Context, err error, features ...int) error {
	if refusal, ok := errors.AsType[*APIError](err); ok && !refusal.Refused() || len(features) == 0 {
		return err
	}
	version, _ := s.version(ctx) // one that can't be had isn't older than anything
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
	return &TooOldError{Err: err, Version: version, Needs: strings.Join(needs, ", "), Instead: instead}
}

// usedFeatures lists what the request uses that not every release has.
func (s *session) usedFeatures() []int {
	if s.legacy {
		return nil
	}
	return append([]int{jfrog.AccessAPI}, jfrog.UsedFeatures(s.request, s.creator)...)
}
