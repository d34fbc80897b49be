package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// Debian's Gradle is older than credentials(PasswordCredentials), and reads what docs/clients.md has for any. What Debian has
// left it can't deploy a Maven publication, and deploys an Ivy one by the same variables.
func TestGradle(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "gradle")
	j.env["GRADLE_USER_HOME"], j.env["GRADLE_OPTS"] = j.env["CACHE"], "-Duser.home="+j.home+" -Dorg.gradle.native=false -XX:TieredStopAtLevel=1"
	own(t, j, ".m2/settings.xml", "<settings/>")
	repository := recipe(t, "repositories {")
	j.write("build.gradle", []byte(`apply plugin: 'ivy-publish'
configurations { wanted }
`+repository+`
dependencies { wanted 'acme:hello:1@txt' }
task fetch(type: Copy) { from configurations.wanted; into 'got' }
publishing {
    publications { hello(IvyPublication) { organisation 'acme'; module 'hello'; revision '1'; artifact 'hello.txt' } }
    `+strings.Replace(repository, "maven { ", "ivy { layout 'maven'; ", 1)+`
}
`))
	j.write("hello.txt", []byte("content"))
	const gradle = "gradle --no-daemon --quiet --continue publish fetch"
	j.check("gradle=libs-release", gradle+"\ngrep -q content got/hello-1.txt", gradle+" --refresh-dependencies >out 2>&1 || { cat out; exit 1; }", "401")
	if out, err := os.ReadFile(filepath.Join(j.work, "steps/out")); err != nil || !strings.Contains(string(out), "Failed to publish") || !strings.Contains(string(out), "Could not resolve") {
		t.Errorf("with the revoked token: %v\n%s", err, out)
	}
}

// recipe is the block in docs/clients.md that begins so.
func recipe(t *testing.T, beginning string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(page), "\n```\n"+beginning)
	if !found {
		t.Fatalf("docs/clients.md has no block that begins with %s", beginning)
	}
	block, _, _ = strings.Cut(block, "\n```\n")
	return beginning + block
}
