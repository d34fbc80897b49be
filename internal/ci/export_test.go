package ci

import (
	"io/fs"
	"os"
)

// KubernetesAt is Kubernetes with the token at another place than the root of the test's machine.
func KubernetesAt(path string) System { return kubernetesAt(path) }

// OpenSeen is the second half of opening a file, after somebody looked at what is there.
func OpenSeen(path string, seen fs.FileInfo, access int) (*os.File, error) {
	return openSeen(path, seen, access)
}
