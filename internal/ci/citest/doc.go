// Package citest plays the other side of a CI system for tests: its services, and whoever reads what a step prints and
// writes. It is written from the systems' documentation and source, and doesn't import the package that it tests: a
// mistake in how frogmint writes can't be hidden by the same mistake in how this package reads.
//
// GitHub's side is test/ghrunner. What a shell reads, a real shell reads here.
package citest
