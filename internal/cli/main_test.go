package cli_test

import (
	"os"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) {
	sandboxtest.AtOnce("16")
	os.Exit(m.Run())
}
