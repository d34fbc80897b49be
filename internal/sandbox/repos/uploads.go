package repos

import (
	"net/http"
	"strconv"
	"sync"
)

// maxUploads bounds, in bytes, all blobs on their way together. One is bounded by maxBody, as what comes at once.
const maxUploads = 8 * maxBody

// uploads are blobs on their way, by repository, image and id.
type uploads struct {
	mu    sync.Mutex
	parts map[string][]byte
	last  int
	size  int
}

// begin makes an upload below a repository's image and returns its id.
func (u *uploads) begin(below string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last++
	id := strconv.Itoa(u.last)
	u.parts[below+id] = []byte{}
	return id
}

// add puts a piece behind what has come of an upload, which is forgotten when it ends or outgrows its bound.
func (u *uploads) add(key string, piece []byte, ends bool) (data []byte, status int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	data = u.parts[key]
	if data == nil {
		return nil, http.StatusNotFound
	}
	tooLarge := len(data)+len(piece) > maxBody || u.size+len(piece) > maxUploads
	if tooLarge || ends {
		delete(u.parts, key)
		u.size -= len(data)
	}
	if tooLarge {
		return nil, http.StatusRequestEntityTooLarge
	}
	data = append(data, piece...)
	if !ends {
		u.parts[key] = data
		u.size += len(piece)
	}
	return data, http.StatusOK
}
