package action

import (
	"fmt"
	"strconv"
	"time"

	"github.com/frogmint/frogmint/internal/jfrog"
)

const (
	defaultExpiry = 3600 // seconds
	expiryHint    = "write seconds (600), a time (45m, 2h), 0 for a token that never expires, or platform"
)

func (r *reader) expiry(value string) *int64 {
	var seconds int64
	switch {
	case value == "platform":
		return nil
	case value == "":
		seconds = defaultExpiry
	default:
		var ok bool
		if seconds, ok = r.seconds(value); !ok {
			return nil
		}
	}
	return &seconds
}

func (r *reader) seconds(value string) (int64, bool) {
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		duration, err := time.ParseDuration(value)
		if err != nil {
			r.wrong("expiry", fmt.Sprintf("%q is no time", shown(value)), expiryHint)
			return 0, false
		}
		if duration%time.Second != 0 {
			r.wrong("expiry", fmt.Sprintf("%q isn't a whole number of seconds", shown(value)), expiryHint)
			return 0, false
		}
		seconds = int64(duration / time.Second)
	}
	if seconds < 0 {
		r.wrong("expiry", fmt.Sprintf("%q is negative", shown(value)), expiryHint)
		return 0, false
	}
	if seconds > jfrog.MaxSeconds {
		r.wrong("expiry", fmt.Sprintf("%q is longer than a hundred years", shown(value)), expiryHint)
		return 0, false
	}
	return seconds, true
}

func (r *reader) timeout(value string) time.Duration {
	timeout, err := time.ParseDuration(value)
	if seconds, wrong := strconv.Atoi(value); wrong == nil {
		timeout, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || timeout < time.Second || timeout > time.Hour {
		r.wrong("timeout", fmt.Sprintf("%q is no time between 1s and 1h", shown(value)), "write seconds or a time such as 60s or 2m")
		return time.Minute
	}
	return timeout
}
