package cli

import (
	"context"
	"fmt"
	"runtime/debug"
)

// version is set at link time for releases (-X).
var version string

// Version returns the release, or what the build recorded of its source.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (c *Command) version(context.Context, []string) int {
	_, _ = fmt.Fprintln(c.Stdout, "frogmint", Version())
	return ExitSuccess
}
