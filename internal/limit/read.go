// Package limit holds the bounds of the program: how much is read, how often something is tried again and how long it
// may take. Going past a bound is an error that names the bound, never a silent cut.
package limit

import (
	"fmt"
	"io"
)

// Bounds on what comes from outside, in bytes.
const (
	Body       = 1 << 20   // an HTTP answer's body
	Headers    = 64 << 10  // an HTTP answer's headers
	Token      = 64 << 10  // one token, of whatever kind
	LocalFile  = 1 << 20   // a file named by an input: CA bundle, ID token, jf's configuration
	StateBytes = 120 << 10 // the saved state; it comes back as one variable, and Linux starts no program with one of 128 KiB
	StateRoots = 96 << 10  // the certificate authorities in it
	Message    = 2 << 10   // words of a server that are shown
)

// ReadAll reads r to its end. It fails when there are more than limit bytes, with an error that names the limit as
// "limit NAME"; what was read is then not returned.
func ReadAll(r io.Reader, limit int64, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("more than %d bytes (limit %s)", limit, name)
	}
	return data, nil
}
