package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// missingGroup is a group that was asked for and doesn't exist. JFrog makes a token for it all the same, and such a token
// can do nothing.
type missingGroup struct{ name, nearest string }

// missingGroups looks groups up. Only an administrator may.
func missingGroups(ctx context.Context, api *jfrog.Client, auth jfrog.Credentials, asked []string) ([]missingGroup, error) {
	known, err := api.Groups(ctx, auth)
	if err != nil {
		return nil, err
	}
	var missing []missingGroup
	for _, group := range asked {
		if !slices.Contains(known, group) {
			missing = append(missing, missingGroup{group, nearestName(known, group)})
		}
	}
	return missing, nil
}

func (g missingGroup) absent() string { return fmt.Sprintf("group %q doesn't exist", g.name) }

// cause is of a token that does less than was meant.
func (g missingGroup) cause() string {
	return g.absent() + ": JFrog makes the token all the same, and the group lets it do nothing"
}

func (g missingGroup) fix() string {
	switch {
	case g.nearest == "":
		return "check the name in JFrog (Administration, User Management, Groups)"
	case strings.EqualFold(g.nearest, g.name):
		return fmt.Sprintf("write %q: upper and lower case count", g.nearest)
	}
	return fmt.Sprintf("check the name; there is a group %q", g.nearest)
}

// groupsTime is to look the groups up after a failure.
const groupsTime = 3 * time.Second

// explainGroups warns of groups that don't exist, after a failure that they may explain. It returns false where that can't be
// known: most users may not look groups up, and an exchanged token is dead by then.
func (c *Command) explainGroups(ctx context.Context, log *printer, config action.Config, warning func(missingGroup) string) bool {
	auth := jfrog.Credentials(creatorOf(config))
	if len(config.Groups) == 0 || auth == (jfrog.Credentials{}) || ctx.Err() != nil {
		return len(config.Groups) == 0
	}
	platform, err := c.platform(config)
	if err != nil {
		return false
	}
	defer platform.http.Close()
	ctx, cancel := context.WithTimeout(ctx, groupsTime)
	defer cancel()
	missing, err := missingGroups(ctx, platform.api, auth, config.Groups)
	for _, group := range missing {
		log.print(ci.Warning, warning(group), "hint: "+group.fix())
	}
	return err == nil
}

// groupsUnknown is told where nobody has looked.
const groupsUnknown = "JFrog doesn't say whether a group exists: where the token may do nothing, check the groups' names (frogmint doctor looks them up)"

// nearestName is the name that differs least from the one that was meant: in its case only, or else in a third of its
// characters at most; empty where there is none.
func nearestName(names []string, meant string) string {
	nearest, least := "", len(meant)/3+1
	for _, name := range names {
		if strings.EqualFold(name, meant) {
			return name
		}
		if d := distance(strings.ToLower(name), strings.ToLower(meant)); d < least {
			nearest, least = name, d
		}
	}
	return nearest
}

// distance is how many bytes must be put in, left out or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal, row[j+1] = row[j+1], min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
