package native

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// version is the release that the tests publish.
const version = "1.2.3"

// scratch is the folder of what all tests share.
var scratch string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		sandboxtest.AtOnce("6")
		var err error
		if scratch, err = os.MkdirTemp("", "native-*"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(scratch) }()
		return m.Run()
	}())
}

// built builds frogmint once a run, or finds it in FROGMINT_RELEASE, the folder that .ci/release-build made.
var built = sync.OnceValues(func() (string, error) {
	if release := os.Getenv("FROGMINT_RELEASE"); release != "" {
		return filepath.Join(release, "frogmint-"+platform()+suffix()), nil
	}
	file := filepath.Join(scratch, "frogmint"+suffix())
	flags, err := os.ReadFile("../../cmd/frogmint/build.flags")
	if err != nil {
		return "", err
	}
	command := exec.Command("go", "build", "-ldflags", "-s -w", "-o", file, "../../cmd/frogmint")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="+os.Getenv("GOFLAGS")+" "+string(flags))
	if out, err := command.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return file, nil
})

// frogmint is the path of the real binary.
func frogmint(tb testing.TB) string {
	tb.Helper()
	file, err := built()
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

// program is the real binary. It is the same for all tests, which must not change it.
func program(tb testing.TB) []byte {
	tb.Helper()
	content, err := content()
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

var content = sync.OnceValues(func() ([]byte, error) {
	file, err := built()
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(file)
	return slices.Clip(content), err // so that append makes a copy
})

// programSum is the program's sha256.
func programSum(tb testing.TB) string {
	tb.Helper()
	program(tb)
	return contentSum()
}

var contentSum = sync.OnceValue(func() string {
	content, _ := content()
	return sum(content)
})

func suffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// platform is this machine's, as the release's files name it.
func platform() string { return runtime.GOOS + "-" + runtime.GOARCH }

// asset is the path of this platform's binary below a mirror's base URL.
func asset() string { return "/v" + version + "/frogmint-" + platform() + suffix() }

// publish copies the action as a release has it, with these sha256 by platform, and returns its folder.
func publish(tb testing.TB, sums map[string]string) string {
	tb.Helper()
	folder := tb.TempDir()
	for _, name := range []string{"main.mjs", "post.mjs"} {
		write(tb, filepath.Join(folder, name), read(tb, "../../native/"+name))
	}
	release, err := json.Marshal(map[string]any{"version": version, "sha256": sums})
	if err != nil {
		tb.Fatal(err)
	}
	write(tb, filepath.Join(folder, "release.json"), release)
	return folder
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

func read(tb testing.TB, file string) []byte {
	tb.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

func write(tb testing.TB, file string, content []byte) {
	tb.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		tb.Fatal(err)
	}
}
