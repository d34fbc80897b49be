package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// strict reads one JSON object and refuses what JFrog wouldn't take for one of v: members that v doesn't have, members
// that are there twice, and members in another case, which encoding/json takes.
func strict(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more than one JSON value")
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return errors.New("not a JSON object")
	}
	return checkMembers(json.NewDecoder(bytes.NewReader(text)), false)
}

// checkMembers reads one value and looks at the names in its objects; free says that people choose the names of this
// one.
func checkMembers(dec *json.Decoder, free bool) error {
	opening, err := dec.Token()
	switch opening {
	case json.Delim('{'):
		err = checkObject(dec, free)
	case json.Delim('['):
		for err == nil && dec.More() {
			err = checkMembers(dec, false)
		}
	default:
		return err
	}
	_, closing := dec.Token()
	return errors.Join(err, closing)
}

func checkObject(dec *json.Decoder, free bool) error {
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		switch {
		case seen[name]:
			return fmt.Errorf("field %q is there twice", name)
		case !free && !isMemberName(name):
			return fmt.Errorf("unknown field %q", name)
		}
		seen[name] = true
		if err := checkMembers(dec, slices.Contains(freelyNamed(), name)); err != nil {
			return err
		}
	}
	return nil
}

// isMemberName wants lower case, and ASCII: encoding/json takes U+017F for an s.
func isMemberName(name string) bool {
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// freelyNamed are the members whose objects are keyed by what people choose: a mapping's claims, a project's members, a
// permission's users and groups.
func freelyNamed() []string { return []string{"claims", "members", "users", "groups"} }
