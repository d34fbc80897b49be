//go:build container

package native

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/test/ghrunner"
)

// rounds is how often each kind of job is measured.
const rounds = 11

// In the commit of a release both actions run the same binary. The one by node needs no container: it is the faster one.
// Image and binary are there already, as in each job but the first on a machine.
func TestNativeIsFaster(t *testing.T) {
	definition, err := ghrunner.ParseAction(string(read(t, "../../action.yml")))
	if err != nil {
		t.Fatal(err)
	}
	image := strings.TrimPrefix(definition.Image, "docker://")
	j := newJob(t, serve(t, release(program(t), "")).url)
	byNode := func() {
		j.step("main").ok(t)
		j.step("post").ok(t)
	}
	byImage := func() {
		step := &ghrunner.Step{Job: j.runner, Action: definition, Image: image, With: j.with}
		for _, stage := range []ghrunner.Stage{ghrunner.Main, ghrunner.Post} {
			if result, err := step.Run(t.Context(), stage); err != nil || result.Failed {
				t.Fatalf("%v\n%s%s", err, result.Log(), result.Stderr)
			}
		}
	}
	var native, container []time.Duration
	for range rounds + 1 { // the first fills the caches
		native, container = append(native, took(byNode)), append(container, took(byImage))
	}
	t.Logf("main and post, medians of %d: native %v, image %v", rounds, median(native[1:]), median(container[1:]))
	if median(native[1:]) >= median(container[1:]) {
		t.Error("the native action isn't faster")
	}
	if alive := j.alive(); len(alive) > 0 {
		t.Errorf("alive %v", alive)
	}
}

func took(what func()) time.Duration {
	start := time.Now()
	what()
	return time.Since(start).Round(time.Millisecond)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
