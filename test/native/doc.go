// Package native tests the action without Docker: its script under node, with the environment that GitHub's runner gives
// to a node action, the real binary, and the sandbox in JFrog's place. Node must be there.
package native
