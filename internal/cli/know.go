//go:build !plantedleak

package cli

import "github.com/frogmint/frogmint/action"

// know scrubs secrets from everything that is printed from now on.
func (p *printer) know(secrets ...action.Secret) { p.secrets.Add(secrets...) }
