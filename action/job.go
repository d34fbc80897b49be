package action

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/redact"
)

// Job names the running job for an audit. All of it is untrusted text.
type Job struct {
	System, Repository, Run, Attempt, Name, Runner, Revision, Branch string
}

// identity is the part of the description by which a job's tokens are found again: the user's own words first, then the
// job, the same for every token of it. Each name is bounded so that all of it leaves room for the user's words.
func (j Job) identity(own string) string {
	parts := []string{"frogmint"}
	if own != "" {
		parts = []string{own, "frogmint"}
	}
	for _, part := range []struct{ key, value string }{
		{"ci", j.System}, {"repo", j.Repository}, {"run", j.Run}, {"attempt", j.Attempt}, {"job", j.Name}, {"runner", j.Runner},
	} {
		if value := sanitize(part.value); value != "" {
			parts = append(parts, part.key+"="+value)
		}
	}
	return strings.Join(parts, " ")
}

// sanitize makes a name fit for the description: no spaces, no wildcard. A name that had to be changed gets a part of its
// hash: two jobs whose names differ in what was changed would revoke each other's tokens.
func sanitize(name string) string {
	kept := strings.NewReplacer(" ", "_", "*", "_").Replace(redact.Text(name, 100))
	if kept == "" || kept == name {
		return kept
	}
	sum := sha256.Sum256([]byte(name))
	return kept + "~" + hex.EncodeToString(sum[:4])
}

// describe adds the nonce that makes one mint findable when its answer is lost.
func (j Job) describe(own string) (string, error) {
	var nonce [8]byte
	_, _ = rand.Read(nonce[:]) // it never fails
	description := j.identity(own) + " nonce=" + hex.EncodeToString(nonce[:])
	if count := utf8.RuneCountInString(description); count > maxDescription {
		return "", &ConfigError{
			Field: "description",
			Reason: fmt.Sprintf("%d characters together with the job's identity, more than the %d that JFrog takes",
				count, maxDescription),
			Fix: fmt.Sprintf("shorten it by %d characters", count-maxDescription),
		}
	}
	return description, nil
}
