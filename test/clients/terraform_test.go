package clients

import (
	"bytes"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// terraformJob is a job with a module in the sandbox's registry, and one in a repository of files. A host in the name of one of
// terraform's variables has no port.
func terraformJob(t *testing.T) *job {
	t.Helper()
	box := sandboxtest.StartTLSAtHTTPSPort(t)
	j := newJob(t, box, "terraform")
	j.env["FROGMINT_CA_CERT"], j.env["CHECKPOINT_DISABLE"] = j.env["SSL_CERT_FILE"], "1"
	own(t, j, ".terraformrc", "credentials \"registry.example\" {\n  token = \"theirs\"\n}\n")
	module := archive(t, [2]string{"main.tf", "output \"answer\" {\n  value = 42\n}\n"})
	put(t, box, "/artifactory/terraform-local/acme/answer/any/1.0.0.zip", bytes.NewReader(module))
	put(t, box, "/artifactory/libs-local/answer.zip", bytes.NewReader(module))
	j.write("registry/main.tf", []byte("module \"answer\" {\n  source  = \""+j.env["HOST"]+"/terraform-local__acme/answer/any\"\n  version = \"~> 1.0\"\n}\n"))
	j.write("file/main.tf", []byte("module \"answer\" {\n  source = \""+box.URL+"/artifactory/libs-local/answer.zip\"\n}\n"))
	return j
}

func TestTerraform(t *testing.T) {
	t.Parallel()
	terraformJob(t).check("terraform", `
terraform -chdir=registry init -no-color
test -s registry/.terraform/modules/answer/main.tf`,
		"rm -r registry/.terraform; terraform -chdir=registry init -no-color 2>&1", "401", "unauthorized")
}

// A module that isn't of a registry is fetched with what curl's netrc file has.
func TestTerraform_WithNetrc(t *testing.T) {
	t.Parallel()
	terraformJob(t).check("terraform, curl", `
terraform -chdir=file init -no-color
test -s file/.terraform/modules/answer/main.tf`,
		"rm -r file/.terraform; terraform -chdir=file init -no-color 2>&1", "401", "unauthorized")
}
