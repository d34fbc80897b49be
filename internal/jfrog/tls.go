package jfrog

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// certificateError reports whether the cause is a certificate, or a version of TLS, that trying again won't change.
func certificateError(err error) bool {
	var (
		alert  tls.AlertError
		record tls.RecordHeaderError
	)
	return untrusted(err) || oldTLS(err) || errors.As(err, &alert) || errors.As(err, &record)
}

// oldTLS reports whether the server knows no version of TLS that this program takes. crypto/tls doesn't export the type of
// the alert that says so.
func oldTLS(err error) bool {
	var remote *net.OpError
	return errors.As(err, &remote) && remote.Op == "remote error" && strings.Contains(remote.Err.Error(), "protocol version not supported")
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
