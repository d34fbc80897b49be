package redact

import (
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// view is a text as somebody reads it who undoes its escapes.
type view struct {
	text string
	at   []int32 // where each byte came from in the original, and where that ends; nil for the original itself
}

// origin is where a byte of the view begins in the original.
func (v view) origin(i int) int {
	if v.at == nil {
		return i
	}
	return int(v.at[i])
}

// depth is how many escapes inside each other are undone: a server puts a request's JSON into a string of its own JSON.
const depth = 2

// views are the text, and what it is without its escapes, one inside the other, and without invisible characters.
func views(text string) iter.Seq[view] {
	return func(yield func(view) bool) { view{text: text}.each(depth, yield) }
}

// each yields a view and those below it; false when no more are wanted.
func (v view) each(levels int, yield func(view) bool) bool {
	if !yield(v) {
		return false
	}
	if plain, changed := v.without(invisible); changed && !yield(plain) {
		return false
	}
	if levels == 0 {
		return true
	}
	for _, one := range []escape{percent, backslash} {
		if below, changed := v.without(one); changed && !below.each(levels-1, yield) {
			return false
		}
	}
	return true
}

// escape finds the first place in a text where an escape may be, -1 for none, and reads it: how many bytes it has, 0 where
// it is none after all, and what they mean.
type escape func(text string) (at, length int, meaning string)

// without undoes one kind of escape, and reports whether there was any. A text without one isn't copied: most have none.
func (v view) without(one escape) (view, bool) {
	var (
		text   []byte
		at     []int32
		copied int // so much of v is in text
	)
	for i := 0; ; {
		next, length, meaning := one(v.text[i:])
		if next < 0 {
			break
		}
		i += next
		if length == 0 {
			i++
			continue
		}
		if copied == 0 {
			text, at = make([]byte, 0, len(v.text)), make([]int32, 0, len(v.text)+1)
		}
		text, at = v.append(text, at, copied, i)
		for range len(meaning) {
			at = append(at, int32(v.origin(i))) //nolint:gosec // an answer has at most 1 MiB
		}
		text = append(text, meaning...)
		i += length
		copied = i
	}
	if copied == 0 {
		return v, false
	}
	text, at = v.append(text, at, copied, len(v.text))
	return view{string(text), append(at, int32(v.origin(len(v.text))))}, true //nolint:gosec // as above
}

// append copies a part of the view.
func (v view) append(text []byte, at []int32, from, to int) ([]byte, []int32) {
	for i := from; i < to; i++ {
		at = append(at, int32(v.origin(i))) //nolint:gosec // an answer has at most 1 MiB
	}
	return append(text, v.text[from:to]...), at
}

func percent(text string) (at, length int, meaning string) {
	at = strings.IndexByte(text, '%')
	if at < 0 || len(text) < at+3 {
		return at, 0, ""
	}
	n, err := strconv.ParseUint(text[at+1:at+3], 16, 8)
	if err != nil {
		return at, 0, ""
	}
	return at, 3, string([]byte{byte(n)})
}

func backslash(text string) (at, length int, meaning string) {
	at = strings.IndexByte(text, '\\')
	if at < 0 {
		return at, 0, ""
	}
	length, meaning = readBackslash(text[at:])
	return at, length, meaning
}

// readBackslash reads the escapes of JSON, and those that Go and others write into quotes.
func readBackslash(text string) (length int, meaning string) {
	if len(text) < 2 {
		return 0, ""
	}
	switch c := text[1]; c {
	case 'n':
		return 2, "\n"
	case 'r':
		return 2, "\r"
	case 't':
		return 2, "\t"
	case 'b':
		return 2, "\b"
	case 'f':
		return 2, "\f"
	case 'x':
		if n, ok := digits(text[2:], 2); ok {
			return 4, string([]byte{byte(n)}) //nolint:gosec // two digits
		}
	case 'u':
		return unicodeEscape(text)
	case 'U':
		if r, ok := digits(text[2:], 8); ok {
			return 10, string(r)
		}
	case '"', '\'', '\\', '/':
		return 2, text[1:2]
	}
	return 0, ""
}

// unicodeEscape reads \u and four digits, or two of them for a character beyond.
func unicodeEscape(text string) (int, string) {
	high, ok := digits(text[2:], 4)
	if !ok {
		return 0, ""
	}
	if rest, paired := strings.CutPrefix(text[6:], `\u`); paired && utf16.IsSurrogate(high) {
		if low, ok := digits(rest, 4); ok {
			return 12, string(utf16.DecodeRune(high, low))
		}
	}
	return 6, string(high)
}

func digits(text string, count int) (rune, bool) {
	if len(text) < count {
		return 0, false
	}
	n, err := strconv.ParseUint(text[:count], 16, 32)
	return rune(n), err == nil //nolint:gosec // what is no character becomes one that stands for it
}

// invisible drops what Text turns into a space.
func invisible(text string) (at, length int, meaning string) {
	for at < len(text) {
		next := notPrintableASCII(text[at:])
		if next < 0 {
			break
		}
		at += next
		r, size := utf8.DecodeRuneInString(text[at:])
		if printable(r) == ' ' {
			return at, size, ""
		}
		at += size
	}
	return -1, 0, ""
}
