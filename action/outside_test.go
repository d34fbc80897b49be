package action_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// outside is a program of another module.
const outside = `package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/frogmint/frogmint/action"
)

func main() {
	client, ctx, refusal := new(action.Client), context.Background(), new(action.APIError)
	creator := action.Credentials{Token: action.NewSecret(os.Getenv("JF_ACCESS_TOKEN"))}
	token, err := client.Mint(ctx, action.Config{URL: os.Getenv("JF_URL"), Credentials: creator, Groups: []string{"CI"}})
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Status, err)
	} else if err == nil {
		fmt.Println(token.Scope, token.ExpiresIn, token.AccessToken, client.Revoke(ctx, token.State()))
	}
}
`

// buildOutside builds the program in a module of its own and returns its path. It needs no network: the library's own
// requirements are in the module cache of whoever builds it.
func buildOutside(t *testing.T) string {
	t.Helper()
	checkout, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(checkout, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/outside\n\ngo 1.26\n\nrequire github.com/frogmint/frogmint v0.0.0\n\nreplace github.com/frogmint/frogmint => " + strconv.Quote(checkout) + "\n",
		"go.sum": string(sums), "main.go": outside,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-o", "outside.exe", ".")
	command.Dir = dir
	command.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return filepath.Join(dir, "outside.exe")
}

// A program outside of the module mints with groups and revokes, in ten lines. What JFrog refused is found by errors.As.
func TestLibrary_FromOutside(t *testing.T) {
	t.Parallel()
	_, body, _ := strings.Cut(outside, "func main() {\n")
	if lines := strings.Count(strings.TrimSuffix(body, "}\n"), "\n"); lines > 10 {
		t.Errorf("main has %d lines", lines)
	}
	path := buildOutside(t)
	box := sandboxtest.Start(t)
	run := func(token string) string {
		command := exec.CommandContext(t.Context(), path)
		command.Env = append(os.Environ(), "JF_URL="+box.URL, "JF_ACCESS_TOKEN="+token)
		var stderr bytes.Buffer
		command.Stderr = &stderr
		output, err := command.Output()
		if err != nil || stderr.Len() > 0 {
			t.Errorf("%v: %s", err, &stderr)
		}
		return strings.TrimSpace(string(output))
	}
	if got := run(box.AdminToken); got != "applied-permissions/groups:CI 1h0m0s REDACTED revoked" {
		t.Errorf("got %q", got)
	}
	if alive := box.Server.LiveTokens(); len(alive) > 0 {
		t.Errorf("alive: %+v", alive)
	}

	client, config := new(action.Client), action.Config{URL: box.URL, Credentials: action.Credentials{Token: action.NewSecret(box.AdminToken)}}
	config.Username, config.Scope = "robot", "applied-permissions/user"
	robot, err := client.Mint(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	config = action.Config{URL: box.URL, Credentials: action.Credentials{Token: robot.AccessToken}, Groups: []string{"CI"}}
	_, err = client.Mint(t.Context(), config)
	var refusal *action.APIError
	if !errors.As(err, &refusal) || refusal.Status != http.StatusForbidden {
		t.Fatalf("got %v", err)
	}
	if got := run(robot.AccessToken.Reveal()); got != "403 "+err.Error() {
		t.Errorf("got %q, want %q", got, "403 "+err.Error())
	}
}
