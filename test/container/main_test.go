//go:build container

// Package container builds the action's image and runs it as GitHub's runner does, against the embedded JFrog.
//
// It needs a Docker daemon, and fails without one:
//
//	go test -tags container ./test/container/
//
// Where the Dockerfile's own builder can't be pulled, FROGMINT_BUILDER names another image that holds Go. In the commit of a
// release action.yml names an image: it is pulled and nothing is built.
package container

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/test/ghrunner"
)

// image is the image under test.
var image string

func TestMain(m *testing.M) {
	if err := provideImage(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// provideImage pulls the image that action.yml names, or builds the one of its Dockerfile.
func provideImage() error {
	definition, err := definition()
	if err != nil {
		return err
	}
	released, ok := strings.CutPrefix(definition.Image, "docker://")
	if !ok {
		image = "frogmint:under-test"
		return buildImage()
	}
	image = released
	out, err := exec.Command("docker", "pull", image).CombinedOutput() //nolint:noctx // docker gives up by itself
	if err != nil {
		return fmt.Errorf("docker pull: %w\n%s", err, out)
	}
	return nil
}

// definition is this checkout's action.yml.
func definition() (ghrunner.Action, error) {
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		return ghrunner.Action{}, err
	}
	definition, err := ghrunner.ParseAction(string(text))
	if err != nil {
		return ghrunner.Action{}, fmt.Errorf("action.yml: %w", err)
	}
	return definition, nil
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
