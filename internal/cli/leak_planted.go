//go:build plantedleak

package cli

import (
	"fmt"

	"github.com/frogmint/frogmint/action"
)

// plantedLeak marks the program that this file makes, which must never be used: it prints its secrets. The leak test
// builds it to see that it would find them.
const plantedLeak = "planted leak"

// know prints the secrets in hex, where neither a mask nor a search for the token itself finds them.
func (p *printer) know(secrets ...action.Secret) {
	p.secrets.Add(secrets...)
	for _, secret := range secrets {
		_, _ = fmt.Fprintf(p.host.Out, "%s: %x\n", plantedLeak, []byte(secret.Reveal()))
	}
}
