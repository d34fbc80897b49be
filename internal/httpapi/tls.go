package httpapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// IsTLSRefusal reports whether one side refused the other's certificate or protocol: trying again changes nothing, and
// no request was carried out. A server that wants a client certificate says so only after the request was written.
func IsTLSRefusal(err error) bool {
	var (
		alert  tls.AlertError
		record tls.RecordHeaderError
	)
	return IsUntrusted(err) || IsTLSAlert(err) || errors.As(err, &alert) || errors.As(err, &record) ||
		err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// IsTLSAlert reports whether the server ended the connection with a TLS alert, such as "certificate required" or
// "protocol version not supported". crypto/tls doesn't export the type of the alert.
func IsTLSAlert(err error) bool {
	var remote *net.OpError
	return errors.As(err, &remote) && remote.Op == "remote error"
}

// IsUntrusted reports whether the server's certificate isn't trusted.
func IsUntrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) ||
		errors.As(err, &invalid)
}

// proxyRefused reports whether a proxy refused for good to connect. A proxy in trouble (5xx) may be well a moment later.
func proxyRefused(err error) bool {
	var proxy *ProxyError
	return errors.As(err, &proxy) && proxy.Status/100 == 4 && proxy.Status != 429
}
