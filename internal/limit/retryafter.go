package limit

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// RetryAfter reads both forms of the header, seconds and a date, and believes at most an hour. The date is taken against
// the answer's own Date, so that a skewed clock on this side doesn't matter; without one it is taken for five seconds. It
// returns 0 where no pause is named.
func RetryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	// A number past all numbers comes out as the largest of them.
	if seconds, err := strconv.Atoi(value); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(seconds, 0), 3600)) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 5 * time.Second
	}
	return min(max(at.Sub(now), 0), time.Hour)
}
