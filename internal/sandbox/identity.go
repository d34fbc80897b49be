package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"strings"
)

const (
	lowerBase32 = "0123456789abcdefghjkmnpqrstvwxyz"
	alnum       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// randomText returns n characters of the alphabet. crypto/rand doesn't fail: it ends the program instead.
func randomText(n int, alphabet string) string {
	var b strings.Builder
	for range n {
		i, _ := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		b.WriteByte(alphabet[i.Int64()])
	}
	return b.String()
}

func newUUID() string {
	var b [16]byte
	_, _ = io.ReadFull(rand.Reader, b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newServiceID names one installed service, like jfac@01g5hbz1rnpqbhf1nqrqyhfwm1.
func newServiceID(kind string) string { return kind + "@01" + randomText(24, lowerBase32) }

const referencePrefix = "cmVmdGtu" // base64 of "reftkn"

// newReference makes a reference token as JFrog's look: base64 of reftkn:01:<expiry, ten digits>:<27 characters>.
func newReference(expires int64) string {
	const tenDigits = 9_999_999_999
	text := fmt.Sprintf("reftkn:01:%010d:%s", min(expires, tenDigits), randomText(27, alnum))
	return base64.StdEncoding.EncodeToString([]byte(text))
}
