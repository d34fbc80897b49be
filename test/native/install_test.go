package native

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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

// On Windows a program that runs can't be replaced. That is no failure where another job has put the same one there.
func TestInstall_MayBeLateOnWindows(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"another job was faster": true, "nothing is there": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t, serve(t, release(program(t), "")).url)
			faster := ""
			if late {
				faster = "fs.copyFileSync(from, to); "
			}
			j.preload("import fs from 'node:fs'\nfs.renameSync = (from, to) => { " + faster + "throw new Error('EPERM: operation not permitted, rename') }")
			main := j.step("main")
			if late {
				main.ok(t)
				j.step("post").ok(t)
			} else if main.status != 1 || !strings.Contains(main.log, "EPERM") || len(j.box.Server.Requests()) > 0 {
				t.Errorf("exit status %d\n%s", main.status, main.log)
			}
			entries, err := os.ReadDir(j.folder())
			if err != nil || len(entries) > 1 || (len(entries) == 1) != late {
				t.Errorf("left %v, %v", entries, err)
			}
		})
	}
}
