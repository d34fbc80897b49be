package ghrunner

import (
	"strings"
)

const dockerSocket = "/var/run/docker.sock"

// label marks the containers that this package starts, as the runner marks its own.
const label = "ghrunner"

// Mount is one of the directories that the runner shares with a container action.
type Mount struct {
	Host, Container string
	// ReadOnly is never set by the runner for these; tests set it to play a broken disk.
	ReadOnly bool
}

// dockerArgs are the arguments of `docker run`, in the runner's order. There is no --user, --init, -i or -t, and no
// argument for the program. Values travel in the client's own environment: only names stand on the command line.
func dockerArgs(container, image, entrypoint string, env *Env, mounts []Mount) []string {
	args := []string{"run", "--name", container, "--label", label, "--workdir", "/github/workspace", "--rm"}
	for _, name := range env.Names() {
		args = append(args, "-e", name)
	}
	args = append(args, "-e", "GITHUB_ACTIONS=true")
	if _, ok := env.Get("CI"); !ok {
		args = append(args, "-e", "CI=true")
	}
	args = append(args, "--entrypoint", entrypoint)
	// The one deviation: the runner leaves the network to docker's default bridge. The server of these tests listens on
	// the host's loopback only, and that isn't reached from a bridge.
	args = append(args, "--network", "host")
	for _, m := range mounts {
		volume := m.Host + ":" + m.Container
		if m.ReadOnly {
			volume += ":ro"
		}
		args = append(args, "-v", volume)
	}
	return append(args, image)
}

// sanitize keeps what the runner keeps of an image's name for the container's name.
func sanitize(image string) string {
	var b strings.Builder
	for _, r := range image {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if letter || r >= '0' && r <= '9' && b.Len() > 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}
