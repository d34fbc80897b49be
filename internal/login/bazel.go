package login

// bazel reads netrc for the archives and modules that it downloads.
func bazel(p *plan, _ string) { p.netrc() }
