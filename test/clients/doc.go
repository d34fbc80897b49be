// Package clients runs package clients as users have them, logged in by frogmint exec, against the sandbox's repositories. It
// is a module of its own since it brings a library for container registries along, and since its clients have to be installed.
package clients
