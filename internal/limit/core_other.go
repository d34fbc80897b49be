//go:build !unix

package limit

// NoCoreDumps does nothing: this system writes no core files of its own accord.
func NoCoreDumps() error { return nil }
