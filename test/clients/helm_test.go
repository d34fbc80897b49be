package clients

import (
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// A chart goes both ways: as a file of a Helm repository, and as an OCI artifact.
func TestHelm(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "helm", "curl")
	j.env["HELM_CACHE_HOME"], j.env["HELM_DATA_HOME"] = j.env["CACHE"], j.env["CACHE"]
	own(t, j, ".config/helm/registry/config.json", `{"auths":{"registry.example":{"auth":"eDp5"}}}`)
	own(t, j, ".config/helm/repositories.yaml", "apiVersion: \"\"\nrepositories: []\n")
	j.write("app/Chart.yaml", []byte("apiVersion: v2\nname: app\nversion: 1.0.0\n"))
	j.write("app/templates/x.yaml", []byte("a: b\n"))
	j.check("helm=helm-virtual, curl", `
helm package app >/dev/null
curl -sSf -T app-1.0.0.tgz "$JF_URL/artifactory/helm-local/app-1.0.0.tgz" >/dev/null
helm push --plain-http app-1.0.0.tgz "oci://$HOST/docker-local" 2>&1
mkdir repo oci
helm repo update >/dev/null; helm pull helm-virtual/app -d repo; test -s repo/app-1.0.0.tgz
helm pull --plain-http "oci://$HOST/docker-virtual/app" --version 1.0.0 -d oci; test -s oci/app-1.0.0.tgz`,
		`helm pull --plain-http "oci://$HOST/docker-virtual/app" --version 1.0.0 -d oci 2>&1`, "401", "unauthorized")
	j.afterwards("helm repo update 2>&1; helm pull helm-virtual/app -d . 2>&1")
}
