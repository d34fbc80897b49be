//go:build linux

package proof

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A detector finds secrets in text, also in pieces and in the forms that a careless program might print them in. It
// cuts each secret into pieces, so that a secret that was cut off in a log is found as long as 31 bytes of it are left.
type detector struct {
	forms map[string]finding
}

// finding is a piece of what secret a form is, and in which form.
type finding struct{ what, form string }

const (
	piece    = 16
	shortest = 8 // a shorter secret can't be told from a word
)

func newDetector() *detector { return &detector{forms: map[string]finding{}} }

// add makes a secret known.
func (d *detector) add(what, secret string) {
	if len(secret) < shortest {
		return
	}
	for at := 0; at == 0 || at+piece <= len(secret); at += piece {
		d.addPiece(what, secret[at:min(at+piece, len(secret))])
	}
}

// addPiece adds every form of a piece, unless another secret has it already: a job's token is in its log's masks, its outputs and
// its state.
func (d *detector) addPiece(what, part string) {
	if d.forms[part].form == "in clear" {
		return
	}
	d.forms[part] = finding{what, "in clear"}
	inHex := hex.EncodeToString([]byte(part))
	d.forms[inHex], d.forms[strings.ToUpper(inHex)] = finding{what, "in hex"}, finding{what, "in hex"}
	for ahead := range 3 {
		// What stands before and after a piece decides on the characters at its edges.
		padded := append(make([]byte, ahead), part...)
		from, to := (ahead*8+5)/6, len(padded)*8/6
		d.forms[base64.RawStdEncoding.EncodeToString(padded)[from:to]] = finding{what, "in base64"}
		d.forms[base64.RawURLEncoding.EncodeToString(padded)[from:to]] = finding{what, "in base64"}
	}
}

// find names the secrets in a text, also where it is escaped for a URL or for JSON.
func (d *detector) find(text string) []string {
	var found []string
	for _, view := range views(text) {
		for form, is := range d.forms {
			if !strings.Contains(view, form) {
				continue
			}
			if what := is.what + " " + is.form; !slices.Contains(found, what) {
				found = append(found, what)
			}
		}
	}
	return found
}

var (
	percent  = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	jsonForm = regexp.MustCompile(`\\u00[0-9a-fA-F]{2}|\\x[0-9a-fA-F]{2}|\\/`)
)

// views are the text as it is, and without the escapes of URLs and of JSON where it has any.
func views(text string) []string {
	character := func(escape string) string {
		if escape == `\/` {
			return "/"
		}
		n, _ := strconv.ParseUint(escape[len(escape)-2:], 16, 8)
		return string([]byte{byte(n)})
	}
	seen := []string{text}
	for _, escapes := range []*regexp.Regexp{percent, jsonForm} {
		if view := escapes.ReplaceAllStringFunc(text, character); view != text {
			seen = append(seen, view)
		}
	}
	return seen
}

// visible is a log without the mask lines, which hold secrets by intent.
func visible(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "::add-mask::") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// masked are the secrets that a log's mask lines name.
func masked(log string) []string {
	var found []string
	for line := range strings.Lines(log) {
		if value, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "::add-mask::"); ok {
			found = append(found, strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(value))
		}
	}
	return found
}

// detector knows every secret of a job: what it was given, what it got, and, by what all of them begin with, tokens that
// the server made and the job never read.
func (j *job) detector() *detector {
	d := newDetector()
	d.add("the creator's token", j.box.AdminToken)
	header, _, _ := strings.Cut(j.box.AdminToken, ".")
	d.add("some token", header)
	d.add("the request token", j.box.IDTokenRequestToken)
	for name, value := range j.env {
		if name == "INPUT_PASSWORD" || name == "INPUT_ACCESS-TOKEN" {
			d.add(name, value)
		}
	}
	for _, secret := range j.redacted {
		d.add("a secret of the test", secret)
	}
	for _, secret := range masked(j.printed.text()) {
		d.add("a masked secret", secret)
	}
	for _, output := range []string{"access-token", "reference-token", "refresh-token"} {
		d.add("output "+output, j.value("GITHUB_OUTPUT", output))
	}
	token, refresh := j.stateTokens()
	d.add("the token of the state", token)
	d.add("the refresh token of the state", refresh)
	for _, request := range j.box.Server.Requests() {
		if idToken, ok := request.Body["subject_token"].(string); ok {
			d.add("an ID token", idToken)
		}
	}
	return d
}

func (j *job) stateTokens() (token, refresh string) {
	var state struct {
		Token   string
		Refresh string `json:"refresh_token"`
	}
	_ = json.Unmarshal([]byte(j.value("GITHUB_STATE", "frogmint")), &state)
	return state.Token, state.Refresh
}

// leaks searches everything that the job printed and wrote, and what the server logged of it.
func (j *job) leaks() []string {
	d := j.detector()
	texts := j.others()
	texts["the log"] = visible(j.printed.text())
	if j.access != nil {
		texts["the sandbox's access log"] = j.access.text()
	}
	// What a server in front of JFrog would log, which the sandbox's own log leaves out.
	for _, request := range j.box.Server.Requests() {
		texts["a URL, a User-Agent or a description"] += fmt.Sprintln(request.Path+"?"+request.Query.Encode(), request.Agent, request.Body["description"])
	}
	var found []string
	for where, text := range texts {
		for _, what := range d.find(text) {
			found = append(found, fmt.Sprintf("%s holds %s", where, what))
		}
	}
	return slices.Concat(found, j.misplaced(), j.forgotten())
}

// forgotten is what is left of a login when the job is over.
func (j *job) forgotten() (found []string) {
	if j.env["RUNNER_TEMP"] == "" || !j.over {
		return nil
	}
	left, err := os.ReadDir(j.env["RUNNER_TEMP"])
	if err != nil {
		found = append(found, err.Error())
	}
	for _, entry := range left {
		found = append(found, "the login's folder is left: "+entry.Name())
	}
	return found
}

// misplaced looks for what isn't the job's own in the files that carry the job's token. A legacy token is revoked with
// the creator's credentials, which the state must then hold.
func (j *job) misplaced() []string {
	token, refresh := j.stateTokens()
	own := []string{token, refresh, j.value("GITHUB_OUTPUT", "access-token"), j.value("GITHUB_OUTPUT", "reference-token"), j.value("GITHUB_OUTPUT", "refresh-token")}
	d := newDetector()
	for _, secret := range append(masked(j.printed.text()), j.box.AdminToken, j.creator, j.box.IDTokenRequestToken, j.env["INPUT_PASSWORD"]) {
		// The end of a token is its signature, which no other has.
		if secret != "" && !slices.ContainsFunc(own, func(o string) bool { return o == secret || o != "" && strings.Contains(decoded(secret), o) }) {
			d.add("a secret that isn't the job's", secret[max(0, len(secret)-3*piece):])
		}
	}
	var found []string
	for _, file := range values {
		if file == "GITHUB_STATE" && j.env["INPUT_API"] == "legacy" {
			continue
		}
		for _, what := range d.find(j.content(file)) {
			found = append(found, file+" holds "+what)
		}
	}
	return found
}

// decoded is what a base64 text says: a masked basic authentication holds the token it is made from.
func decoded(text string) string {
	plain, _ := base64.StdEncoding.DecodeString(text)
	return string(plain)
}

func TestDetectorFindsEveryForm(t *testing.T) {
	t.Parallel()
	secret := "eyJraWQiOiJ4In0.eyJzdWIiOiJqb2IifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg/+="
	d := newDetector()
	d.add("the token", secret)
	percents, escapes := "", ""
	for _, b := range []byte(secret) {
		percents, escapes = percents+fmt.Sprintf("%%%02x", b), escapes+fmt.Sprintf(`\u%04X`, b)
	}
	for name, form := range map[string]string{
		"clear": secret, "cut off": secret[20:52], "percent": percents, "json": escapes, "slash": strings.ReplaceAll(secret, "/", `\/`),
		"hex": hex.EncodeToString([]byte(secret)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64, one": base64.StdEncoding.EncodeToString([]byte("u" + secret)),
		"base64, two": base64.StdEncoding.EncodeToString([]byte("u:" + secret)), "base64url": base64.URLEncoding.EncodeToString([]byte("user:" + secret)),
	} {
		if len(d.find("a line with "+form+" in it")) == 0 {
			t.Errorf("%s isn't found", name)
		}
	}
	// A secret of one piece stands at one alignment only.
	short := "~~~???hunter"
	d.add("the password", short)
	for ahead := range 3 {
		for alphabet, encode := range map[string]func([]byte) string{"base64": base64.StdEncoding.EncodeToString, "base64url": base64.URLEncoding.EncodeToString} {
			if text := encode([]byte("abc"[:ahead] + short + "z")); len(d.find(text)) == 0 {
				t.Errorf("a short secret after %d bytes in %s isn't found", ahead, alphabet)
			}
		}
	}
	if found := d.find(visible("::add-mask::" + secret + "\nnothing\n")); len(found) > 0 {
		t.Errorf("found in nothing: %v", found)
	}
}
