package ci_test

import (
	"os"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) {
	sandboxtest.AtOnce("8")
	os.Exit(m.Run())
}
