package login

import (
	"errors"
	"time"
)

// bazel reads netrc for the archives and modules that it downloads. It takes a helper only by a flag, which the user gives.
func bazel(p *plan, _ string) {
	p.netrc()
	p.helped()
}

// bazelHelper speaks Bazel's protocol: JSON with a URI in, JSON with headers out. No headers are for a host of others.
func bazelHelper(q *Question) (string, error) {
	asked, err := q.parse()
	switch {
	case q.Word != "get":
		return "", errors.New("a credential helper of Bazel's knows the word get only")
	case err != nil:
		return "", err
	case !q.Grant.covers(asked.URI):
		return `{"headers":{}}` + "\n", nil
	}
	expires := ""
	if q.Grant.Renewal != 0 {
		expires = `,"expires":"` + time.Unix(q.Grant.Renewal, 0).UTC().Format(time.RFC3339) + `"`
	}
	return `{"headers":{"Authorization":["Bearer ` + q.Grant.Token.Reveal() + `"]}` + expires + "}\n", nil
}
