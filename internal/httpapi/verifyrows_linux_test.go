package httpapi_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// verifierRow is a server and what its client trusts.
type verifierRow struct {
	host  string // that the client wants
	sent  tls.Certificate
	roots []byte // PEM
	want  string // in crypto/tls's error; empty where it trusts the server
	fips  string // the same with FIPS 140-3; empty for want
}

// signed is a certificate with its key.
type signed struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// sign makes a certificate; by is nil for one that signs itself.
func sign(t *testing.T, curve elliptic.Curve, by *signed, template x509.Certificate) *signed {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return certify(t, key, by, template)
}

// certify makes a certificate for a key.
func certify(t *testing.T, key crypto.Signer, by *signed, template x509.Certificate) *signed {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = serial
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Now().Add(-time.Hour)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	if by == nil {
		by = &signed{&template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, by.certificate, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &signed{certificate, key}
}

func authority(name string, change ...func(*x509.Certificate)) x509.Certificate {
	template := x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	for _, f := range change {
		f(&template)
	}
	return template
}

// site is the template of a server's certificate: for jfrog.test and two addresses.
func site(change ...func(*x509.Certificate)) x509.Certificate {
	template := x509.Certificate{
		Subject: pkix.Name{CommonName: "198.51.100.1"}, DNSNames: []string{"jfrog.test", "*.wild.test"}, IPAddresses: []net.IP{net.ParseIP("192.0.2.7"), net.ParseIP("2001:db8::7")},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, f := range change {
		f(&template)
	}
	return template
}

// shows is what a server sends: its own certificate first.
func (s *signed) shows(more ...*signed) tls.Certificate {
	sent := tls.Certificate{Certificate: [][]byte{s.certificate.Raw}, PrivateKey: s.key}
	for _, one := range more {
		sent.Certificate = append(sent.Certificate, one.certificate.Raw)
	}
	return sent
}

func bundle(all ...*signed) (text []byte) {
	for _, one := range all {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one.certificate.Raw})...)
	}
	return text
}

func verifierRows(t *testing.T) map[string]verifierRow {
	t.Helper()
	p256 := elliptic.P256()
	ca := func(by *signed, name string, change ...func(*x509.Certificate)) *signed {
		return sign(t, p256, by, authority(name, change...))
	}
	leaf := func(by *signed, change ...func(*x509.Certificate)) *signed { return sign(t, p256, by, site(change...)) }
	past := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	future := func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }
	forClients := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }
	names := func(hosts ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = hosts, nil }
	}

	root, other := ca(nil, "Root"), ca(nil, "Other Root")
	namesake, stale := ca(nil, "Root"), ca(nil, "Stale Root", past)
	middle := ca(root, "Middle")
	deep := ca(middle, "Deep")
	trusted := bundle(other, root, stale)
	// Other Root's successor is signed by itself and by Root, as a new authority's is at first.
	successor := ca(nil, "Successor")
	crossed := certify(t, successor.key, root, authority("Successor"))
	crossedByOther := certify(t, successor.key, other, authority("Successor"))
	long := strings.Repeat("a long name ", 5)
	longOne, longOther := ca(nil, "One "+long), ca(nil, "Two "+long)
	nameless := ca(nil, "")
	pinned := leaf(nil)
	pinnedOfOthers := leaf(namesake)
	small := sign(t, elliptic.P224(), nil, authority("Small Root"))
	jfrog := func(sent tls.Certificate, roots []byte, want string) verifierRow {
		return verifierRow{host: "jfrog.test", sent: sent, roots: roots, want: want}
	}
	at := func(host, want string) verifierRow {
		return verifierRow{host: host, sent: leaf(root).shows(), roots: trusted, want: want}
	}
	return map[string]verifierRow{
		"by a root":                         jfrog(leaf(root).shows(), trusted, ""),
		"by an intermediate":                jfrog(leaf(middle).shows(middle), trusted, ""),
		"by two intermediates":              jfrog(leaf(deep).shows(deep, middle), trusted, ""),
		"in another order":                  jfrog(leaf(deep).shows(middle, deep), trusted, ""),
		"with the root":                     jfrog(leaf(middle).shows(middle, root), trusted, ""),
		"with what doesn't belong there":    jfrog(leaf(middle).shows(other, middle, pinned), trusted, ""),
		"intermediate missing":              jfrog(leaf(middle).shows(), trusted, "unknown authority"),
		"one of two intermediates missing":  jfrog(leaf(deep).shows(deep), trusted, "unknown authority"),
		"unknown root":                      jfrog(leaf(namesake).shows(), bundle(other), "unknown authority"),
		"root of another's name":            jfrog(leaf(namesake).shows(), trusted, "possibly because of"),
		"two roots of one name":             jfrog(leaf(root).shows(), bundle(namesake, root), ""),
		"no roots":                          jfrog(leaf(root).shows(), nil, "unknown authority"),
		"signed by itself":                  jfrog(leaf(nil).shows(), trusted, "unknown authority"),
		"expired":                           jfrog(leaf(root, past).shows(), trusted, "has expired"),
		"not valid yet":                     jfrog(leaf(root, future).shows(), trusted, "not yet valid"),
		"expired root":                      jfrog(leaf(stale).shows(), trusted, "has expired"),
		"expired intermediate":              jfrog(leafOf(leaf, ca(root, "Middle", past)), trusted, "has expired"),
		"not for servers":                   jfrog(leaf(root, forClients).shows(), trusted, "incompatible key usage"),
		"intermediate not for servers":      jfrog(leafOf(leaf, ca(root, "Middle", forClients)), trusted, "incompatible key usage"),
		"for any use":                       jfrog(leaf(root, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }).shows(), trusted, ""),
		"for no use that is named":          jfrog(leaf(root, func(c *x509.Certificate) { c.ExtKeyUsage = nil }).shows(), trusted, ""),
		"by no authority":                   jfrog(leafOf(leaf, sign(t, p256, root, site())), trusted, "parent certificate cannot sign"),
		"too long a chain":                  jfrog(leafOf(leaf, ca(ca(root, "Short", func(c *x509.Certificate) { c.MaxPathLenZero = true }), "Too Deep")), trusted, "unknown authority"),
		"name that the root doesn't permit": jfrog(leafOf(leaf, ca(root, "Middle", func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"else.test"} })), trusted, "not permitted"),
		"unknown critical extension": jfrog(leaf(root, func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}).shows(), trusted, "unhandled critical extension"),
		"cross-signed":                       jfrog(leaf(successor).shows(crossed), trusted, ""),
		"cross-signed, and a root by now":    jfrog(leaf(successor).shows(crossed), bundle(other, successor, root), ""),
		"cross-signed twice":                 jfrog(leaf(successor).shows(crossedByOther, crossed), trusted, ""),
		"cross-signed twice, the other way":  jfrog(leaf(successor).shows(crossed, crossedByOther), trusted, ""),
		"cross-signed, one unknown":          jfrog(leaf(successor).shows(crossedByOther, crossed), bundle(root), ""),
		"cross-signed by nobody":             jfrog(leaf(successor).shows(crossed), bundle(other), "unknown authority"),
		"an intermediate is trusted":         jfrog(leaf(middle).shows(), bundle(middle), ""),
		"a sent intermediate is trusted":     jfrog(leaf(deep).shows(deep), bundle(middle), ""),
		"the server's own is trusted":        jfrog(pinned.shows(), bundle(root, pinned), ""),
		"the server's own, others' signed":   jfrog(pinnedOfOthers.shows(), bundle(other, pinnedOfOthers), ""),
		"the server's own, of no right name": {host: "else.test", sent: pinned.shows(), roots: bundle(pinned), want: "not else.test"},
		"long name":                          jfrog(leaf(longOne).shows(), bundle(longOther, longOne), ""),
		"long name that ends like another":   jfrog(leaf(longOne).shows(), bundle(longOther), "unknown authority"),
		"no name":                            jfrog(leaf(nameless).shows(), bundle(other, nameless), ""),
		"junk before the root":               jfrog(leaf(root).shows(), append([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), trusted...), ""),
		"a curve that FIPS 140-3 has not": {
			host: "jfrog.test", sent: leaf(small).shows(), roots: bundle(small), fips: "no FIPS compatible certificate chains found",
		},
		"another case":                   at("JFrog.Test", ""),
		"a wildcard":                     at("any.wild.test", ""),
		"a wildcard for two labels":      at("a.b.wild.test", "not a.b.wild.test"),
		"another host":                   at("else.test", "not else.test"),
		"an address":                     at("192.0.2.7", ""),
		"an address of version 6":        at("[2001:db8::7]", ""),
		"another address":                at("192.0.2.8", "not 192.0.2.8"),
		"another address of version 6":   at("[2001:db8::8]", "not 2001:db8::8"),
		"an address as a common name":    at("198.51.100.1", "not 198.51.100.1"),
		"a name that is only the common": {host: "198.51.100.1", sent: leaf(root, names()).shows(), roots: trusted, want: "legacy Common Name"},
		"an address as a name of a host": {host: "192.0.2.7", sent: leaf(root, names("192.0.2.7")).shows(), roots: trusted, want: "any IP SANs"},
	}
}

// leafOf is a server's certificate with the one that signed it.
func leafOf(leaf func(*signed, ...func(*x509.Certificate)) *signed, by *signed) tls.Certificate {
	return leaf(by).shows(by)
}
