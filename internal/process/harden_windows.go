package process

// Harden does nothing: this system writes no core files of its own accord, and keeps the memory of a process from others.
func Harden() error { return nil }
