package native

import (
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestChoose_RefusesAnUnknownPlatform(t *testing.T) {
	t.Parallel()
	t.Run("unknown to the release", func(t *testing.T) {
		t.Parallel()
		j := newJob(t, "")
		j.action = publish(t, map[string]string{"plan9-amd64": "00", "plan9-arm64": "00"})
		j.refused(t, "no binary for "+platform(), "use plan9-amd64, plan9-arm64, or set binary")
	})
	t.Run("unknown to the script", func(t *testing.T) {
		t.Parallel()
		j := newJob(t, "")
		j.preload("Object.defineProperty(process, 'arch', { value: 'riscv64' })")
		j.refused(t, "no binary for "+runtime.GOOS+"-riscv64")
	})
}

// Each platform of a release is asked for by the name of its file.
func TestChoose_NamesTheFileOfEachPlatform(t *testing.T) {
	t.Parallel()
	for node, file := range map[string]string{
		"linux x64": "frogmint-linux-amd64", "linux arm64": "frogmint-linux-arm64", "darwin x64": "frogmint-darwin-amd64",
		"darwin arm64": "frogmint-darwin-arm64", "win32 x64": "frogmint-windows-amd64.exe", "win32 arm64": "frogmint-windows-arm64.exe",
	} {
		t.Run(node, func(t *testing.T) {
			t.Parallel()
			m := serve(t, http.NotFound)
			j := newJob(t, m.url)
			j.action = publish(t, map[string]string{strings.TrimSuffix(strings.TrimPrefix(file, "frogmint-"), ".exe"): "00"})
			system, arch, _ := strings.Cut(node, " ")
			j.preload(fmt.Sprintf("Object.defineProperty(process, 'platform', { value: %q })\nObject.defineProperty(process, 'arch', { value: %q })", system, arch))
			j.refused(t, m.url+"/v"+version+"/"+file+": answered 404")
		})
	}
}

func TestChoose_RefusesACommitThatIsNoRelease(t *testing.T) {
	t.Parallel()
	j := newJob(t, "")
	write(t, filepath.Join(j.action, "release.json"), []byte(`{"version": "dev", "sha256": {}}`))
	j.refused(t, "this commit is no release", "use a release, or set binary")
}

func TestChoose_RefusesABinaryThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"missing": filepath.Join(t.TempDir(), "frogmint"), "folder": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t, "")
			j.set("binary", file)
			j.refused(t, map[string]string{"missing": "ENOENT", "folder": "EISDIR"}[name])
		})
	}
}

// A tool cache that can't be written says so.
func TestInstall_SaysWhereItCannotWrite(t *testing.T) {
	t.Parallel()
	j := newJob(t, serve(t, release(program(t), "")).url)
	j.tools = filepath.Join(t.TempDir(), "file")
	write(t, j.tools, nil)
	main := j.step("main")
	if main.status != 1 || len(main.errors()) != 1 || len(j.box.Server.Requests()) > 0 {
		t.Fatalf("exit status %d\n%s", main.status, main.log)
	}
	wants(t, main.errors()[0], quoted(j.tools)[1:len(quoted(j.tools))-1], "\nhint: ")
}
