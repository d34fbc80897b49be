package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
)

// randomText returns n random letters and figures. crypto/rand doesn't fail: it ends the program instead.
func randomText(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newServiceID names one installed service, like jfac@01g5hbz1rnpqbhf1nqrqyhfwm1.
func newServiceID(kind string) string { return kind + "@01" + strings.ToLower(randomText(24)) }

func isReference(shown string) bool { return strings.HasPrefix(shown, "cmVmdGtu") } // base64 of "reftkn"

// newReference makes a reference token as JFrog's look: base64 of reftkn:01:<expiry, ten digits>:<27 characters>.
func newReference(expires int64) string {
	const tenDigits = 9_999_999_999
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "reftkn:01:%010d:%s", min(expires, tenDigits), randomText(27)))
}
