package inputs

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/jfrog"
)

// value is what a parser made of an input's text. go-envconfig stops at the first error and repeats the text in it, so
// decoding never fails: what is wrong is kept.
type value[T any, P parser[T]] struct {
	is  T
	set bool // whether it was set, or has a default
	err *problem
}

type parser[T any] interface {
	parse(ctx context.Context, s string) (T, *problem)
}

// problem is a ConfigError, here still without the field's name.
type problem = action.ConfigError

// EnvDecode is called by go-envconfig.
func (v *value[T, P]) EnvDecode(ctx context.Context, s string) error {
	var p P
	v.set = true
	v.is, v.err = p.parse(ctx, s)
	return nil
}

func (v *value[T, P]) problem() *problem { return v.err }

func invalid(fix, format string, args ...any) *problem {
	return &problem{Reason: fmt.Sprintf(format, args...), Fix: fix}
}

type (
	text = value[string, line]
	flag = value[bool, boolean]

	line            struct{} // of at most 255 characters
	longLine        struct{} // of at most 1024
	projectKey      struct{}
	rawList         struct{} // a list that somebody else parses
	variableName    struct{}
	boolean         struct{}
	providerType    struct{}
	api             struct{}
	mintMode        struct{}
	onRevokeFailure struct{}
	accessToken     struct{}
	groupList       struct{}
	scope           struct{}
	expiry          struct{}
	timeout         struct{}
	platformURL     struct{}
	artifactoryURL  struct{}
)

func (line) parse(_ context.Context, s string) (string, *problem)       { return parseLine(s, 255) }
func (longLine) parse(_ context.Context, s string) (string, *problem)   { return parseLine(s, 1024) }
func (projectKey) parse(_ context.Context, s string) (string, *problem) { return parseLine(s, 32) }
func (rawList) parse(_ context.Context, s string) (string, *problem)    { return s, checkUsable(s) }

func (providerType) parse(_ context.Context, s string) (string, *problem) {
	return oneOf(s, "GitHub", "Azure", "GenericOidc")
}

func (api) parse(_ context.Context, s string) (action.API, *problem) {
	return oneOf(s, action.APIAuto, action.APIAccess, action.APILegacy)
}

func (mintMode) parse(_ context.Context, s string) (action.MintMode, *problem) {
	return oneOf(s, action.MintAuto, action.MintAlways, action.MintNever)
}

func (onRevokeFailure) parse(_ context.Context, s string) (string, *problem) {
	return oneOf(s, "warn", "fail")
}

func oneOf[T ~string](s string, words ...T) (T, *problem) {
	if slices.Contains(words, T(s)) {
		return T(s), nil
	}
	list := strings.ReplaceAll(strings.Trim(fmt.Sprint(words), "[]"), " ", ", ")
	return "", invalid("write one of them, in these letters", "%q is none of %s", shown(s), list)
}

func parseLine(s string, limit int) (string, *problem) {
	if count := utf8.RuneCountInString(s); count > limit {
		return "", invalid("shorten it", "%d characters, more than the %d that JFrog takes", count, limit)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "", invalid("write it on one line", "%q holds a line break or another control character", shown(s))
	}
	return s, checkUsable(s)
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
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\'' }) {
		return action.Secret{}, invalid("paste the token whole and without quotes", "it holds a character that no token has, such as a space or a line break")
	}
	return action.NewSecret(s), nil
}

// parse reads names between commas or line breaks, or a list in brackets. It refuses what YAML and JFrog read differently.
func (groupList) parse(_ context.Context, s string) ([]string, *problem) {
	const fix = `separate groups by commas or lines, and put a name with a comma or a bracket in double quotes: CI,"a,b"`
	var items []string
	inner, listed := strings.CutPrefix(s, "[")
	if listed && json.Unmarshal([]byte(s), &items) == nil {
		if strings.Contains(strings.Join(items, ""), `"`) {
			return nil, invalid(fix, "a name holds a quote, for which JFrog's scopes have no form")
		}
		s = `"` + strings.Join(items, `","`) + `"`
	} else if listed {
		if inner, listed = strings.CutSuffix(inner, "]"); !listed || strings.ContainsAny(inner, `[]{}\`) {
			return nil, invalid(fix, "a list in brackets that can't be read")
		}
		s = strings.ReplaceAll(inner, "'", `"`)
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
	return names, checkUsable(strings.Join(names, ","))
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
	return parseLine(s, jfrog.MaxScope)
}

func (expiry) parse(_ context.Context, s string) (time.Duration, *problem) {
	const fix = "write seconds (600), a duration (45m, 2h), 0 for a token that never expires, or platform"
	if s == "platform" {
		return action.PlatformExpiry, nil
	}
	life, err := parseDuration(s)
	switch {
	case err != nil:
		return 0, invalid(fix, "invalid duration %q", shown(s))
	case life < 0 || life > jfrog.MaxSeconds*time.Second || life%time.Second != 0:
		return 0, invalid(fix, "%q is not a whole number of seconds from 0 to a hundred years", shown(s))
	case life == 0:
		return action.NeverExpires, nil
	}
	return life, nil
}

func (timeout) parse(_ context.Context, s string) (time.Duration, *problem) {
	budget, err := parseDuration(s)
	if err != nil || budget < time.Second || budget > time.Hour {
		return 0, invalid("write seconds or a duration such as 60s or 2m", "invalid duration %q: it is not between 1s and 1h", shown(s))
	}
	return budget, nil
}

// parseDuration reads seconds, or a duration as Go writes it. Numbers that don't fit stay negative, or too long.
func parseDuration(s string) (time.Duration, error) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Duration(min(max(seconds, -1), jfrog.MaxSeconds+1)) * time.Second, nil
	}
	return time.ParseDuration(s)
}

func (platformURL) parse(_ context.Context, s string) (string, *problem) {
	const fix = "give the platform's base URL, such as https://acme.jfrog.io"
	base, err := jfrog.ParseURL(s, true)
	if err != nil {
		return "", invalid(fix, "%v", err)
	}
	if service := path.Base(base.Path); slices.Contains([]string{"artifactory", "access", "ui"}, service) {
		return "", invalid(fix, "its path %q is that of one service", shown(base.Path))
	}
	return base.String(), nil
}

func (artifactoryURL) parse(_ context.Context, s string) (string, *problem) {
	base, err := jfrog.ParseURL(s, true)
	if err != nil {
		return "", invalid("give the URL of Artifactory itself, such as https://artifactory.acme.com", "%v", err)
	}
	return base.String(), nil
}
