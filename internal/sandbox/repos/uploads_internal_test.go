package repos

import (
	"net/http"
	"testing"
)

// Uploads that nobody ends are bounded, too, and what ends makes room.
func TestUploads_AreBoundedTogether(t *testing.T) {
	t.Parallel()
	u := uploads{parts: map[string][]byte{}, size: maxUploads - 2*maxBody}
	keys := make([]string, 3)
	for i := range keys {
		keys[i] = "r/i/" + u.begin("r/i/")
	}
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusRequestEntityTooLarge} {
		if _, status := u.add(keys[i], make([]byte, maxBody), false); status != want {
			t.Errorf("upload %d: %d, want %d", i, status, want)
		}
	}
	if data, status := u.add(keys[0], nil, true); status != http.StatusOK || len(data) != maxBody {
		t.Errorf("the end: %d, %d bytes", status, len(data))
	}
	if _, status := u.add("r/i/"+u.begin("r/i/"), make([]byte, maxBody), false); status != http.StatusOK {
		t.Errorf("after the end: %d", status)
	}
	if _, status := u.add(keys[1], []byte{0}, false); status != http.StatusRequestEntityTooLarge || u.size != maxUploads-maxBody {
		t.Errorf("beyond the bound of one: %d, %d bytes kept", status, u.size)
	}
}
