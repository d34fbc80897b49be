package jfrog

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// certificateError reports whether the cause is a certificate that trying again won't make trusted.
func certificateError(err error) bool {
	var (
		alert  tls.AlertError
		record tls.RecordHeaderError
	)
	return untrusted(err) || errors.As(err, &alert) || errors.As(err, &record)
}

// untrusted reports whether the handshake ended over the server's certificate: no request was sent.
func untrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) ||
		errors.As(err, &invalid)
}
