package action_test

import (
	"bytes"
	"net/url"
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
)

// Linux starts no program with a variable of 128 KiB, and the state comes back as one.
func TestStateFitsIntoAVariable(t *testing.T) {
	t.Parallel()
	held := action.Held{URL: &url.URL{Scheme: "https", Host: "acme.jfrog.io"}, Token: action.NewSecret("a.b.c"), Timeout: time.Minute}
	for size, fits := range map[int]bool{0: true, 96 << 10: true, 120 << 10: false} {
		held.RootsPEM = bytes.Repeat([]byte("x"), size)
		state, err := held.Encode()
		if got := err == nil; got != fits || got != (state != nil) || len(state) > 120<<10 {
			t.Errorf("authorities of %d bytes: %d bytes of state, %v", size, len(state), err)
		}
		if err != nil {
			continue
		}
		if _, err := action.DecodeHeld(state); err != nil {
			t.Errorf("authorities of %d bytes: %v", size, err)
		}
	}
}
