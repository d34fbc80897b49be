// Package ghrunner does for a test what GitHub's runner does around a container action: it composes the step's
// environment, makes the command files, runs the image with the runner's docker arguments, and reads what the step
// printed and wrote.
//
// It is written from the runner's source (actions/runner, src/Runner.Worker: ActionRunner, ContainerActionHandler,
// DockerCommandManager, ActionCommandManager, FileCommandManager), not from frogmint's, so that a mistake in how frogmint
// writes can't be hidden by the same mistake in how this package reads.
//
// What it leaves out: expressions in action.yml (a default with ${{ }} is an error), job containers and services,
// problem matchers, and the masker's encoders. A secret is hidden here only in the very form it was masked in, so a test
// that passes here passes with the runner's wider masking too.
package ghrunner
