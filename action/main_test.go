package action_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) {
	sandboxtest.AtOnce("8")
	goleak.VerifyTestMain(m)
}
