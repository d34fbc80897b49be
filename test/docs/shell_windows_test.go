package docs_test

import "testing"

// checkShell reads nothing where there is no shell.
func checkShell(*testing.T, string) error { return nil }
