package inputs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
)

// secret stands in credentials and keys: no error, no note and no %v of a result may hold it.
const secret = "hunter2hunter2"

// environment is a Lookup over a map.
func environment(variables map[string]string) inputs.Lookup {
	return func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
}

// with is what most tests need besides the inputs they are about. An empty value takes one out.
func with(pairs ...string) map[string]string {
	variables := map[string]string{"INPUT_URL": "https://acme.example", "INPUT_OIDC-PROVIDER-NAME": "github"}
	for pair := range slices.Chunk(pairs, 2) {
		variables[pair[0]] = pair[1]
	}
	return variables
}

func load(t *testing.T, variables map[string]string) (inputs.Inputs, error) {
	t.Helper()
	return inputs.Load(t.Context(), inputs.CommandSources(nil, environment(variables)))
}

func mustLoad(t *testing.T, variables map[string]string) inputs.Inputs {
	t.Helper()
	got, err := load(t, variables)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// problems takes an error apart.
func problems(t *testing.T, err error) (found []*action.ConfigError) {
	t.Helper()
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%T is not a join: %v", err, err)
	}
	for _, one := range joined.Unwrap() {
		var problem *action.ConfigError
		if !errors.As(one, &problem) {
			t.Fatalf("%T: %v", one, one)
		}
		if problem.Field == "" || problem.Reason == "" || problem.Fix == "" {
			t.Errorf("not whole: %+v", problem)
		}
		found = append(found, problem)
	}
	return found
}

// wantProblem checks that an error is one problem and no more, which begins like this.
func wantProblem(t *testing.T, err error, text, fix string) {
	t.Helper()
	found := problems(t, err)
	if len(found) != 1 || !strings.HasPrefix(found[0].Error(), text) || !strings.Contains(found[0].Hint(), fix) {
		t.Errorf("got %q, want one problem %q with the hint %q", found, text, fix)
		for _, problem := range found {
			t.Logf("%s (hint: %s)", problem, problem.Hint())
		}
	}
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("a secret is in the error: %v", err)
	}
}

// writeFile makes a file in a folder of its own.
func writeFile(t *testing.T, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newPair makes a certificate and its private key, in PEM form.
func newPair(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acme"}, NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// fd is the number of a file, for /proc.
func fd(file *os.File) string { return strconv.Itoa(int(file.Fd())) }
