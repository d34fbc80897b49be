package clients

import (
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestUv(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "uv", "python3")
	j.env["UV_CACHE_DIR"], j.env["UV_PYTHON_DOWNLOADS"], j.env["UV_NO_PROGRESS"] = j.env["CACHE"], "never", "1"
	own(t, j, ".config/uv/uv.toml", "offline = false\n")
	own(t, j, ".netrc", "machine other.example login me password mine\n")
	j.write("dist/hello-1.0-py3-none-any.whl", wheel(t))
	j.write("project/pyproject.toml", []byte("[project]\nname = \"project\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = [\"hello\"]\n"))
	j.check("uv=pypi-virtual", `
uv publish dist/*.whl 2>&1
uv pip install -q --target t hello; test -s t/hello.py
uv sync -q --directory project; test -s project/.venv/lib/python3*/site-packages/hello.py; grep -q hello project/uv.lock`,
		"uv pip install --no-cache --target u hello 2>&1", "401", "unauthorized")
	if out := j.afterwards("uv publish dist/*.whl 2>&1"); !strings.Contains(out, "401") {
		t.Errorf("uv publish with the revoked token: %s", out)
	}
}
