package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// strict reads one JSON value and refuses members that v doesn't have.
func strict(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more than one JSON value")
	}
	return nil
}
