package main

import (
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/frogmint/frogmint/internal/sandbox"
	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) {
	// A signal that is ignored when the tests begin, as SIGHUP is below nohup, is ignored by all that they start.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	names := map[string]func(){"frogmint": main}
	for _, client := range []string{"docker", "git", "go", "cargo", "bazel", "npm"} {
		names[client+"-credential-frogmint"] = main // a link to the program, by frogmint exec or by a script itself
	}
	if names[filepath.Base(os.Args[0])] == nil { // flags of a command are its own
		sandboxtest.AtOnce("16")
	}
	testscript.Main(tests{m}, names)
}

// scratch is the folder of what all tests share.
var scratch string

type tests struct{ *testing.M }

// Run runs the tests, with a scratch folder.
func (t tests) Run() int {
	var err error
	if scratch, err = os.MkdirTemp("", "frogmint-*"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	return t.M.Run()
}

// TestScripts runs the program as people do, each script against a sandbox of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	keys, err := sandboxtest.Keys()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return serve(env, keys) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fault": fault, "live": live, "artifact": artifact, "grant": grant,
		},
	})
}

// serverKey is where a script's sandbox stands.
type serverKey struct{}

// serve starts a script's sandbox and sets JF_URL, ADMIN, an administrator's token, and SHORT, an empty folder for sockets. The script
// chooses the creator.
func serve(env *testscript.Env, keys *sandbox.Keys) error {
	viaAPI := true // user and password may mint, as where a platform's administrator allows it
	server, err := sandbox.New(sandbox.WithKeys(keys), sandbox.WithConfig(sandbox.Config{
		Token: sandbox.TokenConfig{EnableTokenGenerationViaAPI: &viaAPI},
	}))
	if err != nil {
		return err
	}
	web := httptest.NewServer(server)
	env.Defer(web.Close)
	server.SetBaseURL(web.URL)
	env.Values[serverKey{}] = server
	if runtime.GOOS != "windows" {
		short, err := os.MkdirTemp("/tmp", "f") // the path of a socket has a limit, which macOS's own temporary folder comes near to
		if err != nil {
			return err
		}
		env.Defer(func() { _ = os.RemoveAll(short) })
		env.Setenv("SHORT", short)
	}
	env.Setenv("JF_URL", web.URL)
	env.Setenv("ADMIN", server.AdminToken())
	env.Setenv("ID_URL", server.IDTokenRequestURL())
	env.Setenv("ID_TOKEN", server.IDTokenRequestToken())
	return nil
}

func serverOf(ts *testscript.TestScript) *sandbox.Server {
	server, _ := ts.Value(serverKey{}).(*sandbox.Server)
	return server
}

// fault makes the sandbox misbehave: fault [NAME[=ARG][@ENDPOINT]...].
func fault(ts *testscript.TestScript, _ bool, args []string) {
	var faults []sandbox.Fault
	for _, text := range args {
		parsed, err := sandbox.ParseFault(text)
		ts.Check(err)
		faults = append(faults, parsed)
	}
	serverOf(ts).SetFaults(faults...)
}

// live compares the number of live tokens: live N.
func live(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if tokens := serverOf(ts).LiveTokens(); len(tokens) != want {
		ts.Fatalf("%d live tokens, want %d: %+v", len(tokens), want, tokens)
	}
}

// artifact looks for a successful upload: artifact PATH.
func artifact(ts *testscript.TestScript, neg bool, args []string) {
	found := false
	for _, request := range serverOf(ts).Requests() {
		found = found || request.Method == "PUT" && strings.HasSuffix(request.Path, args[0]) && request.Status == 201
	}
	if found == neg {
		ts.Fatalf("artifact %s: uploaded is %v", args[0], found)
	}
}

// grant answers credential helpers in place of frogmint exec, with what is in a file: grant FILE.
func grant(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	socket := filepath.Join(ts.Getenv("SHORT"), args[0])
	listener, err := net.Listen("unix", socket) //nolint:noctx // it doesn't wait
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	ts.Setenv("FROGMINT_SOCKET", socket)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}()
}
