//go:build unix

package ci

import (
	"io/fs"
	"syscall"
)

// ownerOf returns the user id of a file's owner.
func ownerOf(info fs.FileInfo) (uid int, found bool) {
	stat, found := info.Sys().(*syscall.Stat_t)
	if !found {
		return 0, false
	}
	return int(stat.Uid), true
}
