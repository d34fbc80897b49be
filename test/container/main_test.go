//go:build container

// Package container builds the action's image and runs it as GitHub's runner does, against the embedded JFrog.
//
// It needs a Docker daemon, and fails without one:
//
//	go test -tags container ./test/container/
//
// Where the Dockerfile's own builder can't be pulled, FROGMINT_BUILDER names another image that holds Go. FROGMINT_IMAGE
// names a released image: it is pulled and nothing is built.
package container

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// image is the tag of the image under test.
var image = cmp.Or(os.Getenv("FROGMINT_IMAGE"), "frogmint:under-test")

func TestMain(m *testing.M) {
	if err := provideImage(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// provideImage pulls the released image, or builds one.
func provideImage() error {
	if os.Getenv("FROGMINT_IMAGE") == "" {
		return buildImage()
	}
	out, err := exec.Command("docker", "pull", image).CombinedOutput() //nolint:noctx // docker gives up by itself
	if err != nil {
		return fmt.Errorf("docker pull: %w\n%s", err, out)
	}
	return nil
}

// buildImage builds from the checkout. No layer of an earlier build is older than the sources: Docker compares them.
func buildImage() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	args := []string{"build", "--tag", image}
	if builder := os.Getenv("FROGMINT_BUILDER"); builder != "" {
		args = append(args, "--build-arg", "BUILDER="+builder)
	}
	out, err := exec.CommandContext(ctx, "docker", append(args, "../..")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("docker build: %w\n%s", err, out)
	}
	return nil
}
