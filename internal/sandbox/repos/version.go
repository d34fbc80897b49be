package repos

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// latest is the newest release by semver's order, or the newest pre-release where there is no other.
func latest(versions []string) string {
	return slices.MaxFunc(versions, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
}

// rank is a text that sorts as versions do.
func rank(version string) string {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "+")
	core, before, isBefore := strings.Cut(version, "-")
	parts := strings.Split(core+"."+before, ".")
	for i, part := range parts {
		if number, err := strconv.ParseUint(part, 10, 64); err == nil {
			parts[i] = fmt.Sprintf("%020d", number)
		}
	}
	return strconv.FormatBool(!isBefore) + strings.Join(parts, "\x00")
}
