package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// Reach says how far a sweep goes.
type Reach int

// The reaches. Both are bound to the words in front of the identity (input description) and to the runs of one CI.
const (
	ThisJob Reach = iota // the tokens of this job, at this attempt, on this runner
	ThisRun              // the tokens of every job and attempt of this run
)

// Swept is what became of one token that a job had left.
type Swept struct {
	TokenID     string
	Description string
	Dies        time.Time // zero for never
	Err         error     // nil: JFrog took it back and no longer lists it
}

// Sweep revokes the tokens that a cancelled or killed job left, found by the job's identity in their descriptions, with
// the creator's credentials. An admin finds everyone's, others their own.
//
// Only stored tokens can be found, and without the token itself nobody can try whether it is refused: that JFrog no
// longer lists it is the best that can be said. It fails when the list can't be had, or the job has no identity.
func Sweep(ctx context.Context, config Config, env Env, reach Reach) ([]Swept, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, config.Timeout,
		fmt.Errorf("the stage took longer than %s (input timeout)", config.Timeout))
	defer cancel()
	if env.Job.Run == "" || env.Job.System == "" {
		return nil, &InputError{
			Input: "the job", What: "this CI doesn't tell which run this is, so its tokens can't be told from others",
			Do: "revoke the token itself with frogmint revoke --token-env or --token-file",
		}
	}
	m := &minting{config: config, env: env, client: env.client(config)}
	creator := jfrog.Credentials{Token: config.Creator.Token, User: config.Creator.User, Password: config.Creator.Password}
	if config.Creator.Provider != "" {
		exchanged, err := m.exchange(ctx)
		if err != nil {
			return nil, err
		}
		creator = jfrog.Credentials{Token: exchanged.AccessToken}
	}
	swept, err := m.sweepListed(ctx, creator, env.Job.pattern(config.Description, reach))
	if err == nil && len(m.made) > 0 {
		return swept, m.revokeExchanged(ctx, m.made[0])
	}
	return swept, m.giveUp(ctx, err)
}

// pattern matches the descriptions that identity and describe write.
func (j Job) pattern(own string, reach Reach) string {
	if reach == ThisRun {
		j.Attempt, j.Name, j.Runner = "", "", ""
		return j.identity(own) + " *"
	}
	return j.identity(own) + " nonce=*"
}

func (m *minting) sweepListed(ctx context.Context, creator jfrog.Credentials, pattern string) ([]Swept, error) {
	found, err := m.listed(ctx, creator, pattern, "")
	if err != nil {
		return nil, err
	}
	swept := m.revokeAll(ctx, creator, found)
	again, err := m.listed(ctx, creator, pattern, "")
	if err != nil {
		return swept, err
	}
	for i := range swept {
		listed := slices.ContainsFunc(again, func(t jfrog.Listed) bool { return t.TokenID == swept[i].TokenID })
		switch {
		case listed && swept[i].Err == nil:
			swept[i].Err = errors.New("JFrog took the revocation and still lists it")
		case !listed && undecided(swept[i].Err):
			swept[i].Err = nil // it was carried out, and the answer lost
		}
	}
	return swept, nil
}

// sweepAtOnce is how many tokens are revoked at a time: one that can't be must not use up the time of the others.
const sweepAtOnce = 8

func (m *minting) revokeAll(ctx context.Context, creator jfrog.Credentials, found []jfrog.Listed) []Swept {
	swept, places := make([]Swept, len(found)), make(chan struct{}, sweepAtOnce)
	var running sync.WaitGroup
	for i, token := range found {
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			err := m.env.revokeBy(ctx, "revoking", refusedTries, func(ctx context.Context) error {
				return m.client.RevokeID(ctx, creator, token.TokenID)
			})
			swept[i] = Swept{TokenID: token.TokenID, Description: token.Description, Dies: token.ExpiresAt, Err: err}
		})
	}
	running.Wait()
	return swept
}

// String is the outcome in words.
func (s Swept) String() string {
	r := Report{Dies: s.Dies}
	var refusal *jfrog.Error
	switch {
	case s.Err == nil:
		return "taken back; JFrog no longer lists it"
	case errors.As(s.Err, &refusal) && refusal.Status == http.StatusBadRequest && notRevocable(refusal):
		return fmt.Sprintf("%s (%s)", NotRevocable, r.dies())
	}
	return fmt.Sprintf("%s (%v; %s)", StillAlive, s.Err, r.dies())
}
