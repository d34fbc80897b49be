package action

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"unicode"

	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

func (r *reader) roots(ctx context.Context, value string) []byte {
	if value == "" {
		return nil
	}
	pem := []byte(value)
	if !strings.Contains(value, "-----BEGIN") {
		read, err := limit.ReadFile(ctx, value, limit.LocalFile, "file")
		switch {
		case err != nil && ctx.Err() != nil:
			r.wrong("ca-cert", fmt.Sprintf("still waiting for it to be read: %v", err), "give a file, or a pipe that something writes to")
			return nil
		case err != nil:
			r.wrong("ca-cert", fmt.Sprintf("neither PEM text nor a file that can be read: %v", err), "give the certificate's PEM text or its path")
			return nil
		}
		pem = read
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		r.wrong("ca-cert", "no certificate in it", "give one or more certificates in PEM form (-----BEGIN CERTIFICATE-----)")
		return nil
	}
	return pem
}

// pushedIDToken returns how to read the ID token that the pipeline put somewhere, nil when none was named.
func (r *reader) pushedIDToken(text raw) func(context.Context) (Secret, error) {
	switch {
	case text.IDTokenEnv != "" && text.IDTokenFile != "":
		r.wrong("id-token-env", "id-token-file is set too", "name one place of the ID token")
	case text.IDTokenEnv != "":
		name := text.IDTokenEnv
		if !variableName(name) {
			// It isn't repeated: it may be the token itself, given in the wrong place.
			r.wrong("id-token-env", "it is not the name of a variable", "give the variable's name, and the ID token in that variable")
			return nil
		}
		return func(context.Context) (Secret, error) {
			value, _ := r.lookup(name)
			return checkPushed("variable "+name, value)
		}
	case text.IDTokenFile != "":
		_, spelled, _ := r.from.find("id-token-file")
		return func(ctx context.Context) (Secret, error) {
			content, err := limit.ReadFile(ctx, text.IDTokenFile, limit.LocalFile, "file")
			if err != nil && ctx.Err() != nil {
				return Secret{}, fmt.Errorf("reading the ID token: %w", err)
			}
			if err != nil {
				return Secret{}, &InputError{
					Input: spelled, What: fmt.Sprintf("it can't be read: %v", err), Do: "give the path of the file into which the pipeline puts its ID token",
				}
			}
			return checkPushed("file "+text.IDTokenFile, string(content))
		}
	}
	return nil
}

func variableName(name string) bool {
	return len(name) <= 255 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	})
}

func checkPushed(where, value string) (Secret, error) {
	if value = strings.TrimSpace(value); value == "" {
		return Secret{}, &InputError{
			Input: redact.Text(where, 300), What: "holds no ID token",
			Do: "check that the pipeline asks its CI for an ID token and puts it there",
		}
	}
	return NewSecret(value), nil
}
