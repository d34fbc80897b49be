package httpapi

import (
	"crypto/fips140"
	"crypto/tls"
	"crypto/x509"
)

// verifier checks the certificates of one server as crypto/tls does, and parses only the CA certificates that matter for it.
//
// crypto/tls by itself wants all of them parsed before it meets the server, and uses one. With InsecureSkipVerify it leaves its check
// out, and calls VerifyConnection in its place, at the same moment of the handshake; an error ends the handshake with the same alert. That
// nothing else differs is what TestVerifier_IsCryptoTLSs is for: it holds the two beside each other.
type verifier struct {
	name   string // the server's, or its IP address
	roots  Roots
	chains [][]*x509.Certificate // by which the server was trusted
}

// configure has a configuration check a server by v. It leaves that to crypto/tls where the system has a say in whom to trust, where
// FIPS 140-3 has one in the chain, which crypto/tls lets nobody else ask, and where there is no name, which crypto/tls refuses.
func (v *verifier) configure(config *tls.Config) (err error) {
	config.ServerName = v.name
	if rootsAreFiles && !fips140.Enabled() && v.name != "" {
		config.InsecureSkipVerify = true // v.verify makes the check that this leaves out
		config.VerifyConnection = v.verify
		return nil
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		v.chains = state.VerifiedChains
		return nil
	}
	config.RootCAs, err = v.roots(nil)
	return err
}

// verify is the part of crypto/tls's verifyServerCertificate that InsecureSkipVerify leaves out. The name isn't state.ServerName, which
// is empty for an IP address.
func (v *verifier) verify(state tls.ConnectionState) error {
	sent := state.PeerCertificates
	roots, err := v.roots(sent)
	if err != nil {
		return err
	}
	options := x509.VerifyOptions{DNSName: v.name, Roots: roots, Intermediates: x509.NewCertPool()}
	for _, one := range sent[1:] {
		options.Intermediates.AddCert(one)
	}
	if v.chains, err = sent[0].Verify(options); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: sent, Err: err}
	}
	return nil
}
