package clients

import (
	"archive/zip"
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestNPM(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "npm")
	j.env["NPM_CONFIG_CACHE"], j.env["NPM_CONFIG_UPDATE_NOTIFIER"] = j.env["CACHE"], "false"
	own(t, j, ".npmrc", "fund=false\naudit=false\n//registry.example/:_authToken=theirs\n")
	// As for a script of npm run, behind actions/setup-node.
	j.env["NPM_CONFIG_USERCONFIG"], j.env["npm_config_userconfig"] = filepath.Join(j.home, ".npmrc"), filepath.Join(j.home, ".npmrc")
	j.write("p/package.json", []byte(`{"name":"hello","version":"1.0.0"}`))
	j.write("p/index.js", []byte("module.exports = 1\n"))
	j.check("npm=npm-virtual", `
cd p; npm publish --loglevel=error; cd ..
mkdir q; cd q; echo '{"name":"q","version":"1.0.0"}' >package.json
npm install --loglevel=error hello; test -s node_modules/hello/index.js; cd ..
npm config get fund | grep -q false`,
		"npm view hello", "e401", "401")
}

// Both read what npm reads, yarn 1 with a word more.
func TestPnpmAndYarn(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "npm", "pnpm", "yarn")
	j.env["NPM_CONFIG_CACHE"], j.env["NPM_CONFIG_STORE_DIR"], j.env["YARN_CACHE_FOLDER"] = j.env["CACHE"], j.env["CACHE"], j.env["CACHE"]
	j.env["XDG_CACHE_HOME"], j.env["XDG_DATA_HOME"], j.env["XDG_STATE_HOME"] = j.env["CACHE"], j.env["CACHE"], j.env["CACHE"]
	j.env["NPM_CONFIG_MANAGE_PACKAGE_MANAGER_VERSIONS"] = "false"
	j.write("p/package.json", []byte(`{"name":"hello","version":"1.0.0"}`))
	j.write("q/package.json", []byte(`{"name":"q","version":"1.0.0"}`))
	j.write("r/package.json", []byte(`{"name":"r","version":"1.0.0"}`))
	j.check("npm=npm-virtual", `
cd p; npm publish --loglevel=error; cd ../q
pnpm add hello --loglevel error; test -s node_modules/hello/package.json; cd ../r
yarn add hello --silent; test -s node_modules/hello/package.json; cd ..`,
		"cd q; pnpm view hello 2>&1", "401", "unauthorized")
	j.afterwards("cd r; rm -rf node_modules; yarn cache clean hello; yarn add hello 2>&1")
}

func own(t *testing.T, j *job, name, text string) {
	t.Helper()
	path := filepath.Join(j.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// archive makes a zip of files, each its name and text.
func archive(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, file := range files {
		part, err := w.Create(file[0])
		if err == nil {
			_, err = part.Write([]byte(file[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wheel is a package of Python's, hello 1.0.
func wheel(t *testing.T) []byte {
	t.Helper()
	return archive(t,
		[2]string{"hello.py", "x = 1\n"},
		[2]string{"hello-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n"},
		[2]string{"hello-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		[2]string{"hello-1.0.dist-info/RECORD", "hello.py,,\nhello-1.0.dist-info/METADATA,,\nhello-1.0.dist-info/WHEEL,,\nhello-1.0.dist-info/RECORD,,\n"},
	)
}

func TestPipAndTwine(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "pip", "twine")
	j.env["RUSTUP_HOME"] = j.env["CACHE"] // pip asks rustc for its version
	j.env["PIP_NO_CACHE_DIR"], j.env["PIP_DISABLE_PIP_VERSION_CHECK"], j.env["PIP_ROOT_USER_ACTION"] = "1", "1", "ignore"
	own(t, j, ".netrc", "machine other.example login me password mine\n")
	j.write("dist/hello-1.0-py3-none-any.whl", wheel(t))
	j.check("pip=pypi-virtual, twine=pypi-local", `
twine upload --non-interactive --disable-progress-bar dist/*.whl
pip install -q --target t hello; test -s t/hello.py`,
		"pip download --no-input -q hello -d d 2>&1", "401", "no matching distribution")
	if out := j.afterwards("twine upload --non-interactive dist/*.whl 2>&1"); !strings.Contains(out, "401") {
		t.Errorf("twine with the revoked token: %s", out)
	}
}

func TestCurl(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "curl")
	own(t, j, ".curlrc", "user-agent = \"theirs\"\n")
	j.write("file", []byte("content"))
	j.check("curl", `
curl -sSf -T file "$JF_URL/artifactory/libs-local/a/file" >/dev/null
curl -sSf "$JF_URL/artifactory/libs-local/a/file" | grep -q content`,
		`curl -sSf "$JF_URL/artifactory/libs-local/a/file"`, "401")
}

// git asks a helper, and curl does with what it answers what git does.
func TestGit(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "git", "curl")
	own(t, j, ".gitconfig", "[credential]\n\tusername = wrong\n\thelper = \"!f() { echo username=wrong; echo password=wrong; }; f\"\n[user]\n\tname = theirs\n")
	j.env["GIT_CONFIG_COUNT"], j.env["GIT_CONFIG_KEY_0"], j.env["GIT_CONFIG_VALUE_0"] = "1", "user.email", "me@example"
	j.env["GIT_TERMINAL_PROMPT"] = "0"
	const use = `
printf 'protocol=http\nhost=%s\npath=artifactory/api/lfs/x\n\n' "$HOST" | git credential fill >filled
sed -n 's/^username=//p' filled | grep -qx ci-bot
printf 'user = "%s:%s"\n' "$(sed -n 's/^username=//p' filled)" "$(sed -n 's/^password=//p' filled)" |
  curl -qsSf -K - -T filled "$JF_URL/artifactory/libs-local/git"`
	j.asks = true
	j.check("git=lfs-local", use+`
git config user.email | grep -qx me@example; git config user.name | grep -qx theirs
git config lfs.url | grep -q /artifactory/api/lfs/lfs-local
printf 'protocol=https\nhost=other.example\n\n' | git credential fill | grep -q wrong`, `printf 'protocol=http\nhost=%s\n\n' "$HOST" | git credential fill 2>&1`, "frogmint exec, which has ended")
}

// rustup is where cargo is, for one that rustup has installed.
func rustup() string {
	return cmp.Or(os.Getenv("RUSTUP_HOME"), filepath.Join(os.Getenv("HOME"), ".rustup"))
}

func TestCargo(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "cargo")
	j.env["RUSTUP_HOME"], j.env["CARGO_HOME"] = rustup(), j.env["CACHE"]
	j.write("hello/Cargo.toml", []byte("[package]\nname = \"hello\"\nversion = \"1.0.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"x\"\n"))
	j.write("hello/src/lib.rs", nil)
	j.write("user/Cargo.toml", []byte("[package]\nname = \"user\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nhello = { version = \"1\", registry = \"cargo-local\" }\n"))
	j.write("user/src/lib.rs", nil)
	j.asks = true
	j.check("cargo=cargo-local", `
cargo publish -q --no-verify --allow-dirty --registry cargo-local --manifest-path hello/Cargo.toml
cargo fetch -q --manifest-path user/Cargo.toml; grep -q cargo-local user/Cargo.lock`,
		"rm user/Cargo.lock; CARGO_HOME=$CACHE/other cargo fetch -q --manifest-path user/Cargo.toml 2>&1", "frogmint exec, which has ended")
}

// goJob is a job with a module behind the sandbox's proxy. go sends credentials over https only.
func goJob(t *testing.T) *job {
	t.Helper()
	box := sandboxtest.StartTLS(t)
	j := newJob(t, box, "go")
	j.env["GONOSUMDB"], j.env["GOFLAGS"], j.env["GOTOOLCHAIN"] = "*", "-modcacherw", "local"
	j.env["GOMODCACHE"], j.env["GOCACHE"], j.env["GOTELEMETRYDIR"] = filepath.Join(j.work, "modules"), j.env["CACHE"], j.env["CACHE"]
	j.env["FROGMINT_CA_CERT"] = j.env["SSL_CERT_FILE"]
	j.env["XDG_CONFIG_HOME"] = j.env["CACHE"]
	const mod = "module hello.example/mod\n\ngo 1.20\n"
	for name, content := range map[string][]byte{
		"info": []byte(`{"Version":"v1.0.0"}`),
		"mod":  []byte(mod),
		"zip":  archive(t, [2]string{"hello.example/mod@v1.0.0/go.mod", mod}, [2]string{"hello.example/mod@v1.0.0/a.go", "package mod\n"}),
	} {
		put(t, box, "/artifactory/go-local/hello.example/mod/@v/v1.0.0."+name, bytes.NewReader(content))
	}
	j.write("none", nil)
	return j
}

func TestGo(t *testing.T) {
	t.Parallel()
	j := goJob(t)
	j.asks = true
	j.check("go=go-virtual", `
go mod download hello.example/mod@latest
test -s "$GOMODCACHE/hello.example/mod@v1.0.0/a.go"`,
		"rm -rf \"$GOMODCACHE\"; go mod download hello.example/mod@v1.0.0 2>&1", "401", "unauthorized")
}

// A go before 1.24 doesn't know of helpers. It reads the netrc file of another client.
func TestGo_WithNetrc(t *testing.T) {
	t.Parallel()
	j := goJob(t)
	j.check("go=go-virtual, curl", `
GOAUTH=netrc go mod download hello.example/mod@latest
test -s "$GOMODCACHE/hello.example/mod@v1.0.0/a.go"`,
		"rm -rf \"$GOMODCACHE\"; GOAUTH=netrc go mod download hello.example/mod@v1.0.0 2>&1", "401", "unauthorized")
}
