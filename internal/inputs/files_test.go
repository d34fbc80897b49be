package inputs_test

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/inputs"
)

// TestLoad_ReadsPEM gives the same certificate and key in every form in which a secret of a CI arrives.
func TestLoad_ReadsPEM(t *testing.T) {
	t.Parallel()
	cert, key := newPair(t)
	oneLine := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	forms := map[string]func(string) string{
		"text":            func(text string) string { return text },
		"with other text": func(text string) string { return "# our CA, until 2030\n" + text + "\n# end\n" },
		"with CRLF":       func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") },
		"path":            func(text string) string { return writeFile(t, "a.pem", text) },
		"base64":          func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) },
		"base64 in lines": func(text string) string { return lines(base64.StdEncoding.EncodeToString([]byte(text))) },
		"path of base64": func(text string) string {
			return writeFile(t, "a.txt", lines(base64.StdEncoding.EncodeToString([]byte(text))))
		},
		"on one line":       oneLine,
		"without breaks":    func(text string) string { return strings.ReplaceAll(text, "\n", "") },
		"with \\n":          func(text string) string { return strings.ReplaceAll(text, "\n", `\n`) },
		"with \\r\\n":       func(text string) string { return strings.ReplaceAll(text, "\n", `\r\n`) },
		"in quotes":         func(text string) string { return `"` + strings.ReplaceAll(text, "\n", `\n`) + `"` },
		"indented":          func(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") },
		"path, on one line": func(text string) string { return writeFile(t, "a.pem", oneLine(text)) },
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := mustLoad(t, with("INPUT_CA-CERT", form(cert+cert), "INPUT_CLIENT-CERT", form(cert), "INPUT_CLIENT-KEY", form(key)))
			config := got.Config
			if string(config.RootsPEM) != cert+cert || string(config.ClientCertPEM) != cert || string(config.ClientKeyPEM) != key {
				t.Errorf("%s\n%s\n%s", config.RootsPEM, config.ClientCertPEM, config.ClientKeyPEM)
			}
			if last := got.Notes[len(got.Notes)-1]; last != "CA certificates besides the system's: input ca-cert" {
				t.Error(last)
			}
		})
	}
}

// lines breaks text as base64 and openssl do.
func lines(text string) string {
	var b strings.Builder
	for len(text) > 64 {
		b.WriteString(text[:64] + "\n")
		text = text[64:]
	}
	return b.String() + text + "\n"
}

// TestLoad_KeepsOneKindOfPEM: a bundle of everything must not put a private key among the certificates.
func TestLoad_KeepsOneKindOfPEM(t *testing.T) {
	t.Parallel()
	cert, key := newPair(t)
	config := mustLoad(t, with("INPUT_CA-CERT", key+cert, "INPUT_CLIENT-CERT", cert+key, "INPUT_CLIENT-KEY", cert+key)).Config
	if string(config.RootsPEM) != cert || string(config.ClientCertPEM) != cert || string(config.ClientKeyPEM) != key {
		t.Errorf("%s\n%s\n%s", config.RootsPEM, config.ClientCertPEM, config.ClientKeyPEM)
	}
}

func TestLoad_RefusesPEM(t *testing.T) {
	t.Parallel()
	cert, key := newPair(t)
	_, other := newPair(t)
	block, _ := pem.Decode([]byte(key))
	body := base64.StdEncoding.EncodeToString(block.Bytes)
	const neither = "input client-key: neither PEM text nor a file that can be read: "
	const damaged = "input client-key: its PEM text is damaged: a block has no end, or is not base64"
	tests := map[string]struct{ key, error, fix string }{
		"no such file":          {"/nowhere/client.pem", neither + "open /nowhere/client.pem: no such file or directory", "an action in a container sees only the workspace and the runner's own folders"},
		"no such relative file": {"certs/client.key", neither + "open certs/client.key: no such file", "PEM text, with its BEGIN and END lines"},
		"no such dotted file":   {"./client", neither + "open ./client: no such file", "path of its file"},
		"a folder":              {t.TempDir(), neither + "read ", "path of its file"},
		"without its lines":     {body, neither + "", "BEGIN and END lines"},
		"in lines without them": {lines(body), neither + "", "BEGIN and END lines"},
		"binary":                {string(block.Bytes[:100]), neither + "", "PEM text"},
		"another secret":        {secret, neither + "no such file or directory", "PEM text"},
		"a token":               {"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJib2IifQ." + secret, neither + "no such file or directory", "PEM text"},
		"cut off":               {key[:120], damaged, "with its line breaks, in a pipeline file as a block (|)"},
		"with a lost character": {strings.Replace(key, "M", "", 1), damaged, "whole"},
		"with a wrong end":      {strings.Replace(key, "END PRIVATE", "END PUBLIC", 1), damaged, "whole"},
		"with n for line break": {strings.ReplaceAll(key, "\n", "n"), "input client-key: ", ""},
		"encrypted":             {"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + body + "\n-----END ENCRYPTED PRIVATE KEY-----", "input client-key: no private key in it, or one that is encrypted", "without a passphrase"},
		"encrypted, older form": {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + body + "\n-----END RSA PRIVATE KEY-----", "input client-key: no private key in it, or one that is encrypted", "without a passphrase"},
		"a certificate":         {cert, "input client-key: no private key in it", "in PEM form (-----BEGIN PRIVATE KEY-----)"},
		"the key of another":    {other, "input client-key: private key does not match public key", "belongs to the first certificate of client-cert"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, with("INPUT_CLIENT-CERT", cert, "INPUT_CLIENT-KEY", test.key))
			wantProblem(t, err, test.error, test.fix)
			for _, word := range strings.FieldsFunc(body, func(r rune) bool { return r == '/' }) {
				if len(word) > 8 && err != nil && strings.Contains(err.Error(), word[:8]) {
					t.Errorf("a part of the key is in the error: %v", err)
				}
			}
		})
	}
	_, err := load(t, with("INPUT_CA-CERT", key))
	wantProblem(t, err, "input ca-cert: no certificate in it", "(-----BEGIN CERTIFICATE-----)")
	_, err = load(t, with("INPUT_CA-CERT", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"))
	wantProblem(t, err, "input ca-cert: no certificate in it", "PEM form")
	_, err = load(t, with("INPUT_CLIENT-CERT", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "INPUT_CLIENT-KEY", key))
	wantProblem(t, err, "input client-cert: no certificate in it", "PEM form")
	_, err = load(t, with("INPUT_CLIENT-KEY", key))
	wantProblem(t, err, "input client-key: client-cert is not set", "together")
}

// TestLoad_BoundsWhatIsSaved: with a whole system's bundle in the state no post step could be started, and the token lived.
func TestLoad_BoundsWhatIsSaved(t *testing.T) {
	t.Parallel()
	cert, _ := newPair(t)
	fits := strings.Repeat(cert, (96<<10)/len(cert))
	for _, test := range []struct {
		roots, revoke string
		refused       bool
	}{{fits, "true", false}, {fits + cert, "", true}, {fits + cert, "true", true}, {fits + cert, "false", false}} {
		variables := with("INPUT_CA-CERT", writeFile(t, "ca.pem", test.roots), "INPUT_REVOKE", test.revoke)
		_, err := inputs.Load(t.Context(), inputs.ActionSources(environment(variables)))
		if !test.refused {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantProblem(t, err, "input ca-cert: ", "give only the CA certificate")
		if !strings.Contains(err.Error(), "more than the 98304 that can be kept for the post step") {
			t.Error(err)
		}
		if _, err := load(t, variables); err != nil {
			t.Errorf("a command saves nothing: %v", err)
		}
	}
	_, err := load(t, with("INPUT_CA-CERT", writeFile(t, "ca.pem", strings.Repeat("x", 1<<20+1))))
	wantProblem(t, err, "input ca-cert: neither PEM text nor a file that can be read: more than 1048576 bytes (limit file)", "path")
}

func TestLoad_ReadsPushedIDToken(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "token", "\n"+secret+"\n")
	for _, variables := range []map[string]string{
		with("INPUT_ID-TOKEN-FILE", path), with("INPUT_ID-TOKEN-ENV", "MY_TOKEN", "MY_TOKEN", secret+"\n"), with("FROGMINT_ID_TOKEN_ENV", "_1", "_1", secret),
	} {
		token, err := mustLoad(t, variables).Config.IDToken(t.Context(), "audience")
		if err != nil || token.Reveal() != secret {
			t.Errorf("%q, %v", token.Reveal(), err)
		}
	}
}

func TestLoad_ReadsIDTokenWhenNeeded(t *testing.T) {
	t.Parallel()
	variables := with("INPUT_ID-TOKEN-ENV", "MY_TOKEN")
	config := mustLoad(t, variables).Config
	variables["MY_TOKEN"] = secret
	if token, err := config.IDToken(t.Context(), ""); err != nil || token.Reveal() != secret {
		t.Error(err)
	}
}

func TestLoad_RefusesPushedIDToken(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		variables  map[string]string
		error, fix string
	}{
		"no variable":    {with("INPUT_ID-TOKEN-ENV", "MY_TOKEN"), "variable MY_TOKEN: holds no ID token", "check that the pipeline asks"},
		"blank variable": {with("INPUT_ID-TOKEN-ENV", "MY_TOKEN", "MY_TOKEN", " \n"), "variable MY_TOKEN: holds no ID token", "check that the pipeline asks"},
		"no file": {with("FROGMINT_ID_TOKEN_FILE", "/nowhere/token"), "FROGMINT_ID_TOKEN_FILE: it can't be read: open /nowhere/token: no such file",
			"an action in a container sees only"},
		"the token itself": {with("INPUT_ID-TOKEN-FILE", "eyJ."+secret+"."+secret), "input id-token-file: it can't be read: no such file", "the path of the file"},
		"empty file":       {with("INPUT_ID-TOKEN-FILE", writeFile(t, "token", "\n")), "input id-token-file: holds no ID token", "puts it there"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := mustLoad(t, test.variables).Config.IDToken(t.Context(), "")
			wantProblem(t, errors.Join(err), test.error, test.fix)
			if !token.IsZero() {
				t.Error("a token beside the error")
			}
		})
	}
}

// TestLoad_IDTokenEndsWithTheContext: a pipe that nobody writes to must not outlast a signal, and the cause is kept.
func TestLoad_IDTokenEndsWithTheContext(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = reader.Close(), writer.Close() })
	config := mustLoad(t, with("INPUT_ID-TOKEN-FILE", "/proc/self/fd/"+fd(reader))).Config
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	var problem *action.ConfigError
	if _, err := config.IDToken(ctx, ""); !errors.Is(err, interrupted) || errors.As(err, &problem) {
		t.Errorf("%v", err)
	}
}
