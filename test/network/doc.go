// Package network holds tests only: a job whose connections to JFrog misbehave as TCP connections do, through toxiproxy.
// It is a module of its own because of what toxiproxy brings along.
package network
