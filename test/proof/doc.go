// Package proof holds no code, only tests: that no token is left behind and nobody is let in. They play whole jobs,
// the action's main and post steps through the real command, against a sandbox that misbehaves in one way at a time.
//
// The tests run on Linux: they look into /proc and fill disks.
//
// docs/faults.md is the table that one of them prints; docs/security.md names these tests beside each promise.
package proof
