package cli

import "runtime/debug"

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
