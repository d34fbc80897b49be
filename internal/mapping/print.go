package mapping

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// TokenVariable is the environment variable from which a block of Curl takes an administrator's token.
const TokenVariable = "JF_ADMIN_TOKEN" //nolint:gosec // the name of a variable

// JSON writes the mapping as JFrog's REST API takes it. The text is safe in a log: a value that a CI would take for a
// command, or that could hide in the text, is escaped, and means the same to whoever parses it.
func (m Mapping) JSON() string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(m) // what came from JSON, or from Strict, becomes JSON again
	return strings.TrimSuffix(escapeUnsafe(text.String(), jsonEscape), "\n")
}

// Curl writes a block for a POSIX shell that creates the mapping, and needs a curl of 7.76 or later. The administrator's
// token comes from the environment, and reaches curl by a file descriptor: it never stands in a command's arguments.
func (m Mapping) Curl(baseURL string) string {
	target := strings.TrimSuffix(baseURL, "/") + "/access/api/v1/oidc/" + url.PathEscape(m.Provider) + "/identity_mappings"
	if m.Project != "" {
		target += "?project_key=" + url.QueryEscape(m.Project)
	}
	return "curl --fail-with-body --silent --show-error \\\n" +
		"  --header @/dev/fd/3 --header 'Content-Type: application/json' \\\n" +
		"  --data-binary @- " + shellQuote(target) + " 3<<HEADER <<'MAPPING'\n" +
		"Authorization: Bearer ${" + TokenVariable + ":?}\n" +
		"HEADER\n" +
		m.JSON() + "\n" +
		"MAPPING"
}

// shellQuote leaves nothing to the shell; control characters, which no URL has, are dropped.
func shellQuote(text string) string {
	visible := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	return "'" + strings.ReplaceAll(visible, "'", `'\''`) + "'"
}

// Terraform writes the mapping as a resource of JFrog's Terraform provider, platform, as terraform fmt leaves it.
func (m Mapping) Terraform() string {
	var b strings.Builder
	fmt.Fprintf(&b, "resource %s %s {\n", hcl(terraformMapping), hcl(label(m.Name)))
	attributes(&b, "  ", filled(
		attribute{"name", m.Name}, attribute{"description", m.Description}, attribute{"provider_name", m.Provider},
		attribute{"project_key", m.Project}, attribute{"priority", cmp.Or(m.Priority, math.MaxInt32)},
	))
	b.WriteString("\n  claims_json = jsonencode({\n")
	var claims []attribute
	for _, name := range slices.Sorted(maps.Keys(m.Claims)) {
		claims = append(claims, attribute{hcl(name), m.Claims[name]})
	}
	attributes(&b, "    ", claims)
	b.WriteString("  })\n\n  token_spec = {\n")
	spec := m.TokenSpec
	attributes(&b, "    ", filled(
		attribute{"username", spec.Username}, attribute{"username_pattern", spec.UsernamePattern}, attribute{"groups_pattern", spec.GroupsPattern},
		attribute{"scope", spec.Scope}, attribute{"audience", spec.Audience}, attribute{"expires_in", spec.ExpiresIn},
	))
	b.WriteString("  }\n}")
	return b.String()
}

type attribute struct {
	name  string
	value any
}

// filled leaves out what is empty. Not for claims: an empty one binds, too.
func filled(list ...attribute) []attribute {
	return slices.DeleteFunc(list, func(a attribute) bool { return a.value == "" || a.value == int64(0) })
}

// attributes writes a list, its signs of equality in one column.
func attributes(b *strings.Builder, indent string, list []attribute) {
	width := 0
	for _, a := range list {
		width = max(width, len([]rune(a.name)))
	}
	for _, a := range list {
		fmt.Fprintf(b, "%s%-*s = %s\n", indent, width, a.name, hcl(a.value))
	}
}

// hcl writes a value of Terraform's language: JSON, but for two escapes, and with ${ and %{, which begin a template, escaped.
func hcl(value any) string {
	if list, ok := value.([]any); ok {
		items := make([]string, len(list))
		for i, item := range list {
			items[i] = hcl(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
	var b strings.Builder
	for rest := strings.TrimSpace(text.String()); rest != ""; {
		size := min(2, len(rest))
		switch pair := rest[:size]; {
		case pair == `\b` || pair == `\f`:
			b.WriteString(hclEscape(rune(pair[1] - 'b' + '\b'))) // \b is 8 and \f is 12, as far apart as their letters
		case pair == "${" || pair == "%{":
			b.WriteString(hclEscape(rune(pair[0])) + "{")
		case rest[0] == '\\':
			b.WriteString(pair)
		default:
			size = 1
			b.WriteByte(rest[0])
		}
		rest = rest[size:]
	}
	return escapeUnsafe(b.String(), hclEscape)
}

// label makes a name of a resource.
func label(name string) string {
	name = replaceRuns(name, '_', func(r rune) bool {
		return r == '_' || r == '-' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	})
	if name == "" || !unicode.IsLetter(rune(name[0])) && name[0] != '_' {
		name = "_" + name
	}
	return name
}

// replaceRuns puts one character in place of each run of those that may not stand there.
func replaceRuns(text string, instead rune, allowed func(rune) bool) string {
	var b strings.Builder
	run := false
	for _, r := range text {
		switch {
		case allowed(r):
			b.WriteRune(r)
		case !run:
			b.WriteRune(instead)
		}
		run = !allowed(r)
	}
	return b.String()
}

// escapeUnsafe escapes what a log or a page would act on: the second of two colons or hashes, with which a CI's commands
// begin, the backtick of Markdown, and what can't be seen. The text is a quoted string or a document of such strings.
func escapeUnsafe(text string, escape func(r rune) string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range text {
		switch {
		case r == '`', r == last && (r == ':' || r == '#'), r != '\n' && !unicode.IsPrint(r):
			b.WriteString(escape(r))
			r = 0
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

func jsonEscape(r rune) string {
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

func hclEscape(r rune) string {
	if r > 0xFFFF {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
