package ghrunner

import (
	"slices"
	"strings"
	"testing"
)

func TestParseFileCommand(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []Pair
		err  string
	}{
		"empty":                        {text: ""},
		"plain":                        {text: "a=1\n", want: []Pair{{"a", "1"}}},
		"plain_without_newline":        {text: "a=1", want: []Pair{{"a", "1"}}},
		"value_keeps_equals":           {text: "a=1=2\n", want: []Pair{{"a", "1=2"}}},
		"value_keeps_heredoc_sign":     {text: "a=1<<E\n", want: []Pair{{"a", "1<<E"}}},
		"value_keeps_blanks":           {text: "a= 1 \n", want: []Pair{{"a", " 1 "}}},
		"cr_stays":                     {text: "a=1\r\n", want: []Pair{{"a", "1\r"}}},
		"blank_lines_skipped":          {text: "\na=1\n\n\nb=2\n", want: []Pair{{"a", "1"}, {"b", "2"}}},
		"both_kept_in_order":           {text: "a=1\na=2\n", want: []Pair{{"a", "1"}, {"a", "2"}}},
		"heredoc":                      {text: "a<<E\n1\n2\nE\nb=3\n", want: []Pair{{"a", "1\n2"}, {"b", "3"}}},
		"heredoc_empty":                {text: "a<<E\nE\n", want: []Pair{{"a", ""}}},
		"heredoc_blank_line":           {text: "a<<E\n\n1\n\nE\n", want: []Pair{{"a", "\n1\n"}}},
		"heredoc_value_with_equals":    {text: "a<<E\nb=1\nE\n", want: []Pair{{"a", "b=1"}}},
		"heredoc_delimiter_has_equals": {text: "a<<E=\n1\nE=\n", want: []Pair{{"a", "1"}}},
		"heredoc_end_without_newline":  {text: "a<<E\n1\nE", want: []Pair{{"a", "1"}}},
		"heredoc_ended_early":          {text: "a<<E\n1\nE\nb=2\nE\n", want: []Pair{{"a", "1"}, {"b", "2"}}, err: `invalid format "E"`},
		"heredoc_unclosed":             {text: "x=1\na<<E\n1\n", want: []Pair{{"x", "1"}}, err: "not found"},
		"heredoc_cr_is_no_delimiter":   {text: "a<<E\n1\nE\r\n", err: "not found"},
		"heredoc_lacks_newline":        {text: "a<<E\n1", err: "lacks its newline"},
		"heredoc_no_name":              {text: "<<E\n1\nE\n", err: "must not be empty"},
		"heredoc_no_delimiter":         {text: "a<<\n1\n\n", err: "must not be empty"},
		"neither":                      {text: "a\n", err: `invalid format "a"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseFileCommand(tt.text)
			if !slices.Equal(got, tt.want) {
				t.Errorf("pairs: got %q, want %q", got, tt.want)
			}
			if tt.err == "" && err != nil {
				t.Errorf("unexpected error: %v", err)
			}
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error: got %v, want one with %q", err, tt.err)
			}
		})
	}
}

// FuzzParseFileCommand writes a pair as a careful writer would, and reads it back.
func FuzzParseFileCommand(f *testing.F) {
	f.Add("a", "1", "E")
	f.Add("a", "1\nb=2\n\r\n", "E=<<")
	f.Fuzz(func(t *testing.T, name, value, delimiter string) {
		if name == "" || strings.ContainsAny(name, "=\n") || strings.Contains(name+"<", "<<") {
			t.Skip("no name that a writer may use")
		}
		if delimiter == "" || strings.Contains(delimiter, "\n") || slices.Contains(strings.Split(value, "\n"), delimiter) {
			t.Skip("no delimiter that a writer may use for this value")
		}
		text := name + "<<" + delimiter + "\n" + value + "\n" + delimiter + "\n"
		got, err := ParseFileCommand("before=1\n" + text + "after=2\n")
		want := []Pair{{"before", "1"}, {name, value}, {"after", "2"}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	})
}
