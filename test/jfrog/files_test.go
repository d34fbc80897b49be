package jfrog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/artifactory/utils"
	"github.com/jfrog/jfrog-client-go/artifactory"
	"github.com/jfrog/jfrog-client-go/artifactory/services"
	servicesutils "github.com/jfrog/jfrog-client-go/artifactory/services/utils"
	"github.com/jfrog/jfrog-client-go/utils/io/content"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// search lists what JFrog's client finds by a pattern, and keeps what it needs for a call with the findings.
func search(t *testing.T, manager artifactory.ArtifactoryServicesManager, pattern string) (names []string, found *content.ContentReader) {
	t.Helper()
	params := services.NewSearchParams()
	params.Pattern, params.Recursive = pattern, true
	found, err := manager.SearchFiles(params)
	if err != nil {
		t.Fatal(err)
	}
	for item := new(servicesutils.ResultItem); found.NextRecord(item) == nil; item = new(servicesutils.ResultItem) {
		names = append(names, item.Path+"/"+item.Name)
	}
	found.Reset()
	return names, found
}

// TestFiles runs what is behind jf rt upload, search, set-props, download and delete.
func TestFiles(t *testing.T) {
	box := sandboxtest.Start(t)
	manager, err := utils.CreateServiceManager(server(box), 0, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"a.txt": "hello", "b.txt": strings.Repeat("x", 20000)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	up := services.NewUploadParams()
	up.Pattern, up.Target, up.Flat = filepath.Join(dir, "*.txt"), "libs-local/some/folder/", true
	if done, failed, err := manager.UploadFiles(artifactory.UploadServiceOptions{}, up); err != nil || done != 2 || failed > 0 {
		t.Fatalf("upload: %d, %d, %v", done, failed, err)
	}
	names, found := search(t, manager, "libs-local/some/")
	if len(names) != 2 {
		t.Errorf("found %v", names)
	}
	if done, err := manager.SetProps(services.PropsParams{Reader: found, Props: "a=1;b=2,3"}); err != nil || done != 2 {
		t.Errorf("set-props: %d, %v", done, err)
	}
	down := services.NewDownloadParams()
	down.Pattern, down.Target, down.Flat, down.Recursive = "libs-local/some/", filepath.Join(dir, "out")+"/", true, true
	if done, failed, err := manager.DownloadFiles(down); err != nil || done != 2 || failed > 0 {
		t.Errorf("download: %d, %d, %v", done, failed, err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "out", "a.txt")); err != nil || string(got) != "hello" {
		t.Errorf("downloaded %q, %v", got, err)
	}
	gone := services.NewDeleteParams()
	gone.Pattern, gone.Recursive = "libs-local/some/*", true
	paths, err := manager.GetPathsToDelete(gone)
	if err != nil {
		t.Fatal(err)
	}
	if done, err := manager.DeleteFiles(paths); err != nil || done == 0 {
		t.Errorf("delete: %d, %v", done, err)
	}
	if names, _ := search(t, manager, "libs-local/*"); len(names) > 0 {
		t.Errorf("left after the delete: %v", names)
	}
	for name, want := range map[string]bool{"libs-local": true, "nope": false} {
		if exists, err := manager.IsRepoExists(name); exists != want || err != nil {
			t.Errorf("repository %s: %t, %v", name, exists, err)
		}
	}
}
