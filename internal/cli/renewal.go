package cli

import "time"

// The times of a renewal.
const (
	longestOverlap      = time.Minute     // for requests that are under way with a replaced token
	renewalReserve      = time.Minute     // how long before its end a token is renewed at the latest, if it lives long enough
	minRenewalPause     = 5 * time.Second // between two attempts to renew
	maxRenewalPause     = time.Minute
	revokeReplacedLimit = 30 * time.Second // for the revocation of a replaced token
)

// renewAfter is the age at which a token of so long a life is renewed: two thirds, but with a reserve for a platform that
// doesn't answer at once.
func renewAfter(life time.Duration) time.Duration {
	age := life * 2 / 3
	if life-age < renewalReserve {
		age = max(life-renewalReserve, life/2)
	}
	return age
}

// renewalPause is the time between two attempts to renew a token of so long a life.
func renewalPause(life time.Duration) time.Duration {
	return min(max(life/20, minRenewalPause), maxRenewalPause)
}

// overlap is how long a replaced token of so long a life lives on before it is revoked.
func overlap(life time.Duration) time.Duration {
	return min(longestOverlap, (life-renewAfter(life))/2)
}
