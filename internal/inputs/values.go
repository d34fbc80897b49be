package inputs

import (
	"context"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// problem is a ConfigError whose field is filled in by fail.
type problem = action.ConfigError

func invalid(fix, format string, args ...any) *problem {
	return &problem{Reason: fmt.Sprintf(format, args...), Fix: fix}
}

// value is what the parser P made of an input's text; zero with an error. go-envconfig stops at the first error and repeats the text in it, so
// decoding never fails: what is wrong is kept.
type value[T any, P interface {
	parse(ctx context.Context, s string) (T, *problem)
}] struct {
	is  T
	set bool // whether it was set, or has a default
	err *problem
}

// EnvDecode is called by go-envconfig.
func (v *value[T, P]) EnvDecode(ctx context.Context, s string) error {
	var parser P
	is, err := parser.parse(ctx, s)
	if v.set, v.err = true, err; err == nil {
		v.is = is
	}
	return nil
}

func (v *value[T, P]) check() *problem { return v.err }

type checker interface{ check() *problem }

type (
	flag = value[bool, boolean]

	variableName   struct{}
	boolean        struct{}
	accessToken    struct{}
	groupList      struct{}
	scope          struct{}
	expiry         struct{}
	timeout        struct{}
	platformURL    struct{}
	artifactoryURL struct{}
)

// checkText is for an input that is text and nothing more.
func checkText(s string, tag reflect.StructTag) *problem {
	words, limit := tag.Get("oneof"), tag.Get("max")
	switch {
	case s == "":
		return nil
	case words != "" && !slices.Contains(strings.Split(words, ", "), s):
		return invalid("write one of them, in these letters", "%q is none of %s", shown(s), words)
	case limit != "":
		most, _ := strconv.Atoi(limit)
		return checkLine(s, most)
	}
	return checkUsable(s)
}

func checkLine(s string, limit int) *problem {
	if count := utf8.RuneCountInString(s); count > limit {
		return invalid("shorten it", "%d characters, more than the %d that JFrog takes", count, limit)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return invalid("write it on one line", "%q holds a line break or another control character", shown(s))
	}
	return checkUsable(s)
}

// checkUsable refuses text in which nothing stands that could be meant. "," for a list of groups must not become "no groups
// were asked for": that gives the creator's own permissions.
func checkUsable(s string) *problem {
	if !utf8.ValidString(s) {
		return invalid("write it in UTF-8", "it is not UTF-8 text")
	}
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsPrint(r) && !strings.ContainsRune(` ,;"'[]`, r) }) {
		return invalid("give it a value, or leave it out", "%q holds nothing that can be used", shown(s))
	}
	return nil
}

// shown bounds a value for an error. Values of secrets never come here.
func shown(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:197], "") + "..."
	}
	return s
}

func (variableName) parse(_ context.Context, s string) (string, *problem) {
	if len(s) > 255 || strings.Trim(s, "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		// It isn't repeated: it may be the token itself, given in the wrong place.
		return "", invalid("give the variable's name, and the ID token in that variable", "it is not the name of a variable")
	}
	return s, nil
}

func (boolean) parse(_ context.Context, s string) (bool, *problem) {
	is, err := strconv.ParseBool(strings.ToLower(s))
	if err != nil {
		return false, invalid("write true or false", "%q is neither true nor false", shown(s))
	}
	return is, nil
}

func (accessToken) parse(_ context.Context, s string) (action.Secret, *problem) {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"',`, r) }) {
		return action.Secret{}, invalid("paste the token whole and without quotes", "it holds a character that no token has, such as a space or a line break")
	}
	return action.NewSecret(s), nil
}

// parse reads names between commas or line breaks, or a list in brackets. It refuses what YAML and JFrog read differently.
func (groupList) parse(_ context.Context, s string) ([]string, *problem) {
	const fix = `separate groups by commas or lines, and put a name with a comma or a bracket in double quotes: CI,"a,b"`
	if inner, listed := strings.CutPrefix(s, "["); listed {
		if s, listed = strings.CutSuffix(inner, "]"); !listed || strings.ContainsAny(s, `[]{}\`) {
			return nil, invalid(fix, "a list in brackets that can't be read")
		}
		if !strings.Contains(s, `"`) {
			s = strings.ReplaceAll(s, "'", `"`)
		}
	}
	names, err := jfrog.ParseNames(s)
	if err != nil {
		return nil, invalid(fix, "%v", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.TrimSpace(name) == "" })
	for _, name := range names {
		if strings.HasPrefix(name, "- ") || strings.HasPrefix(name, "'") && strings.HasSuffix(name, "'") {
			return nil, invalid(fix, "name %q is written as in YAML", shown(name))
		}
	}
	return names, checkUsable(s)
}

func (scope) parse(_ context.Context, s string) (string, *problem) {
	if len(s) > jfrog.MaxScope {
		return "", invalid("ask for less", "%d bytes, more than the %d that JFrog takes", len(s), jfrog.MaxScope)
	}
	parsed, err := jfrog.ParseScope(s)
	if err == nil && parsed.Empty() {
		err = fmt.Errorf("%q grants nothing", s)
	}
	if err != nil {
		return "", invalid(`write it as JFrog does, such as applied-permissions/groups:CI,"a b"`, "%s", strings.TrimPrefix(err.Error(), "scope: "))
	}
	return s, checkLine(s, jfrog.MaxScope)
}

func (expiry) parse(_ context.Context, s string) (time.Duration, *problem) {
	if s == "platform" {
		return action.PlatformExpiry, nil
	}
	life, err := parseDuration(s, 0, jfrog.MaxSeconds*time.Second, "from 0 to a hundred years")
	if err != nil {
		err.Fix += ", 0 for a token that never expires, or platform"
	} else if life == 0 {
		life = action.NeverExpires
	}
	return life, err
}

func (timeout) parse(_ context.Context, s string) (time.Duration, *problem) {
	return parseDuration(s, time.Second, time.Hour, "between 1s and 1h")
}

// parseDuration reads seconds, or a duration as Go writes it, in whole seconds within bounds.
func parseDuration(s string, least, most time.Duration, bounds string) (time.Duration, *problem) {
	duration, err := time.ParseDuration(s)
	if seconds, notNumber := strconv.ParseInt(s, 10, 64); notNumber == nil {
		duration, err = time.Duration(min(max(seconds, -1), jfrog.MaxSeconds+1))*time.Second, nil // no overflow
	}
	const fix = "write seconds (600), or a duration (45m, 2h)"
	switch {
	case err != nil:
		return 0, invalid(fix, "invalid duration %q", shown(s))
	case duration < least || duration > most || duration%time.Second != 0:
		return 0, invalid(fix, "%q is not a whole number of seconds %s", shown(s), bounds)
	}
	return duration, nil
}

func (platformURL) parse(_ context.Context, s string) (string, *problem) {
	return parseURL(s, "give the platform's base URL, such as https://acme.jfrog.io", "artifactory", "access", "ui")
}

func (artifactoryURL) parse(_ context.Context, s string) (string, *problem) {
	return parseURL(s, "give the URL of Artifactory itself, such as https://artifactory.acme.com")
}

// parseURL reads a URL that doesn't end in the path of one of these services. Whether it may be http depends on another input.
func parseURL(s, fix string, services ...string) (string, *problem) {
	base, err := jfrog.ParseURL(s, true)
	if err != nil {
		return "", invalid(fix, "%v", err)
	}
	if slices.Contains(services, path.Base(base.Path)) {
		return "", invalid(fix, "its path %q is that of one service, not the platform's", shown(base.Path))
	}
	return base.String(), nil
}
