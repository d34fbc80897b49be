package clients

import (
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestPoetry(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "poetry", "curl")
	j.env["POETRY_CACHE_DIR"], j.env["POETRY_VIRTUALENVS_CREATE"] = j.env["CACHE"], "false"
	j.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
	own(t, j, ".config/pypoetry/config.toml", "[experimental]\n")
	j.write("pyproject.toml", []byte("[tool.poetry]\nname = \"hello\"\nversion = \"1.0\"\ndescription = \"\"\nauthors = []\n[build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n"))
	j.write("hello/__init__.py", []byte("x = 1\n"))
	j.check("poetry=pypi-local, curl", `
poetry build -q -f wheel -n
poetry publish -n --repository pypi-local 2>&1
curl -sSf "$JF_URL/artifactory/api/pypi/pypi-local/simple/hello/" | grep -q hello-1.0`,
		"poetry publish -n --repository pypi-local 2>&1", "401", "unauthorized")
}
