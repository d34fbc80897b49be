package citest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// ParseTeamCity reads one service message, as JetBrains documents the format: ##teamcity[NAME KEY='VALUE' …], where |
// escapes ' | [ ] and a line break, and |0xNNNN is a unit of UTF-16.
func ParseTeamCity(line string) (name string, attributes map[string]string, err error) {
	text, ok := strings.CutPrefix(line, "##teamcity[")
	if !ok {
		return "", nil, fmt.Errorf("not a service message: %q", line)
	}
	name, text, _ = strings.Cut(text, " ")
	attributes = map[string]string{}
	for {
		text = strings.TrimLeft(text, " ")
		if text == "]" {
			return name, attributes, nil
		}
		key, rest, ok := strings.Cut(text, "='")
		if !ok {
			return "", nil, fmt.Errorf("%q: no attribute and no end at %q", line, text)
		}
		value, rest, err := teamCityValue(rest)
		if err != nil {
			return "", nil, fmt.Errorf("%q: %w", line, err)
		}
		attributes[key], text = value, rest
	}
}

// teamCityValue reads up to the quote that ends the value.
func teamCityValue(text string) (value, rest string, err error) {
	var units []uint16
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'':
			return string(utf16.Decode(units)), text[i+1:], nil
		case c >= 0x80, c == '[', c == ']', c == '\n', c == '\r':
			return "", "", fmt.Errorf("%q stands unescaped", c)
		case c != '|':
			units = append(units, uint16(c))
		default:
			unit, length, err := teamCityEscape(text[i+1:])
			if err != nil {
				return "", "", err
			}
			units = append(units, unit)
			i += length
		}
	}
	return "", "", fmt.Errorf("the value has no end")
}

func teamCityEscape(text string) (unit uint16, length int, err error) {
	if text == "" {
		return 0, 0, fmt.Errorf("nothing is escaped")
	}
	switch text[0] {
	case '\'', '|', '[', ']':
		return uint16(text[0]), 1, nil
	case 'n':
		return '\n', 1, nil
	case 'r':
		return '\r', 1, nil
	case '0':
		if len(text) < 6 || text[1] != 'x' {
			break
		}
		number, err := strconv.ParseUint(text[2:6], 16, 16)
		return uint16(number), 6, err
	}
	return 0, 0, fmt.Errorf("unknown escape |%c", text[0])
}
