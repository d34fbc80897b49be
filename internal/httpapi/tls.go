package httpapi

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// IsTLSRefusal reports whether one side refused the other's certificate or protocol: trying again changes nothing.
func IsTLSRefusal(err error) bool {
	return err != nil && (IsUntrusted(err) || IsTLSAlert(err) || IsNotTLS(err) ||
		strings.HasPrefix(err.Error(), "tls: ")) // of this side's other reasons, crypto/tls exports no type
}

// IsTLSAlert reports whether the server ended the connection with a TLS alert, such as "certificate required" or
// "protocol version not supported". crypto/tls doesn't export the type of the alert.
func IsTLSAlert(err error) bool {
	remote, ok := errors.AsType[*net.OpError](err)
	return ok && remote.Op == "remote error"
}

// IsUntrusted reports whether the server's certificate isn't trusted.
func IsUntrusted(err error) bool {
	return holds[*tls.CertificateVerificationError](err) || holds[x509.UnknownAuthorityError](err) || holds[x509.HostnameError](err) ||
		holds[x509.CertificateInvalidError](err)
}

// holds reports whether an error of the chain has a type.
func holds[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// IsNotTLS reports whether the server answered the TLS handshake with something else.
func IsNotTLS(err error) bool {
	return holds[tls.RecordHeaderError](err)
}

// isRefusedUnread reports whether a request that was written was never read. With TLS 1.3 a server judges the client's
// certificate only after the client has written its request.
func isRefusedUnread(err error) bool {
	return IsTLSPort(err) || IsUntrusted(err) || IsTLSAlert(err) && !isLateAlert(err)
}

// isLateAlert reports whether an alert may come after the handshake, from a server that was already at work.
func isLateAlert(err error) bool {
	remote, ok := errors.AsType[*net.OpError](err)
	if !ok {
		return false
	}
	const unexpectedMessage, badRecordMAC, recordOverflow, internalError, userCanceled = 10, 20, 22, 80, 90 // RFC 8446, 6.2
	for _, alert := range []tls.AlertError{unexpectedMessage, badRecordMAC, recordOverflow, internalError, userCanceled} {
		if remote.Err.Error() == alert.Error() {
			return true
		}
	}
	return false
}

// errTLSPort is the cause where a request over plain HTTP met a port that speaks TLS.
var errTLSPort = errors.New("the port speaks TLS, and the request was sent without")

// IsTLSPort reports whether a request over plain HTTP met a port that speaks TLS. It was never read.
func IsTLSPort(err error) bool { return errors.Is(err, errTLSPort) }

// isTLSPortAnswer recognises the alert that a TLS server answers to plain HTTP with.
func isTLSPortAnswer(err error) bool {
	return strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`)
}

// saysTLSPort recognises the answer in plain HTTP that other TLS servers give: Go's, nginx, Apache and Tomcat.
func saysTLSPort(body []byte) bool {
	for _, words := range []string{
		"HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port",
		"speaking plain HTTP to an SSL-enabled server port", "combination of host and port requires TLS",
	} {
		if bytes.Contains(body, []byte(words)) {
			return true
		}
	}
	return false
}

// proxyRefused reports whether a proxy refused for good to connect. A proxy in trouble (5xx) may be well a moment later.
func proxyRefused(err error) bool {
	proxy, ok := errors.AsType[*ProxyError](err)
	return ok && proxy.Status/100 == 4 && proxy.Status != 429
}
