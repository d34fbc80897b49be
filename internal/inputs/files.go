package inputs

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// Both are PEM text, or the path of a file. No error repeats the text unless it looks like a path: it may be a private key.
type (
	certificates struct{}
	privateKey   struct{}
)

func (certificates) parse(ctx context.Context, s string) ([]byte, *problem) {
	found, err := readPEM(ctx, s, "CERTIFICATE")
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(found) {
		err = invalid("give one or more certificates in PEM form (-----BEGIN CERTIFICATE-----)", "no certificate in it")
	}
	return found, err
}

func (privateKey) parse(ctx context.Context, s string) ([]byte, *problem) {
	found, err := readPEM(ctx, s, "PRIVATE KEY")
	if err == nil && found == nil {
		err = invalid("give it in PEM form (-----BEGIN PRIVATE KEY-----), without a passphrase", "no private key in it, or one that is encrypted")
	}
	return found, err
}

const containerFix = "an action in a container sees only the workspace and the runner's own folders"

// readPEM finds PEM text and returns its blocks of one kind.
func readPEM(ctx context.Context, s, kind string) (found []byte, _ *problem) {
	if s = decodeBase64(s); !strings.Contains(s, "-----BEGIN") {
		content, err := httpapi.ReadFile(ctx, s, httpapi.MaxFile, "file")
		if err != nil {
			return nil, invalid("give PEM text, with its BEGIN and END lines, or the path of its file; "+containerFix,
				"neither PEM text nor a file that can be read: %s", fileError(s, err))
		}
		s = decodeBase64(string(content))
	}
	// A secret that was pasted on one line has spaces for line breaks, or \n in letters.
	s = strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(s)
	for {
		_, block, more := strings.Cut(s, "-----BEGIN ")
		if !more {
			return found, nil
		}
		label, block, _ := strings.Cut(block, "-----")
		body, rest, ended := strings.Cut(block, "-----END "+label+"-----")
		if strings.Contains(label+body, "ENCRYPTED") {
			label, body = "", ""
		}
		content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
		if err != nil || !ended {
			return nil, invalid("give it whole and with its line breaks, in a pipeline file as a block (|)", "its PEM text is damaged: a block has no end, or is not base64")
		}
		if strings.HasSuffix(label, kind) {
			found = append(found, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: content})...)
		}
		s = rest
	}
}

// decodeBase64 returns the PEM text that is base64 once more, as some keep it in a secret; other text as it is.
func decodeBase64(s string) string {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(s), ""), "="))
	if err == nil && strings.Contains(string(decoded), "-----BEGIN") {
		return string(decoded)
	}
	return s
}

// fileError says why a file can't be read. It repeats only what looks like a path: a key in base64 has no extension, and
// doesn't begin with a slash or a dot.
func fileError(path string, err error) string {
	failed, ok := errors.AsType[*fs.PathError](err)
	if !ok {
		return err.Error()
	}
	extension := len(filepath.Ext(path))
	if len(path) > 255 || strings.ContainsFunc(path, unicode.IsControl) || !filepath.IsAbs(path) && path[0] != '.' && (extension < 2 || extension > 8) {
		return failed.Err.Error()
	}
	return failed.Op + " " + redact.Text(path, 255) + ": " + failed.Err.Error()
}

// pushedIDToken returns how to read the ID token that the pipeline put somewhere; nil where no place was named.
func (l *loader) pushedIDToken() func(context.Context, string) (action.Secret, error) {
	name, path, field := l.settings.IDTokenEnv.is, l.settings.IDTokenFile, l.from.nameOf("id-token-file")
	if name == "" && path == "" {
		return nil
	}
	return func(ctx context.Context, _ string) (action.Secret, error) {
		where := "variable " + name
		token, _ := l.from.lookup(name)
		if path != "" {
			content, err := httpapi.ReadFile(ctx, path, httpapi.MaxFile, "file")
			if err != nil && ctx.Err() != nil {
				return action.Secret{}, fmt.Errorf("reading the ID token: %w", err)
			}
			if err != nil {
				fix := "give the path of the file into which the pipeline puts its ID token; " + containerFix
				return action.Secret{}, &problem{Field: field, Reason: "it can't be read: " + fileError(path, err), Fix: fix}
			}
			where, token = field, string(content)
		}
		if token = strings.TrimSpace(token); token == "" {
			return action.Secret{}, &problem{Field: where, Reason: "holds no ID token", Fix: "check that the pipeline asks its CI for an ID token and puts it there"}
		}
		return action.NewSecret(token), nil
	}
}
