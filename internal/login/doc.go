// Package login lets clients of a JFrog platform find a job's token. One file holds one client: where it looks, what is
// written there, and how that is taken away again.
package login
