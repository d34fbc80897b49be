// Package sandbox is an embedded, JFrog-compatible token server with an OIDC issuer of its own, for tests, for trying
// things out, and for nothing else: its passwords are known and everything is in memory.
package sandbox
