package ghrunner

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestParseCommand(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		line string
		want Command
	}{
		"plain_data":       {"::add-mask::secret", Command{"add-mask", nil, "secret"}},
		"blanks_before":    {" \t::warning::w", Command{"warning", nil, "w"}},
		"any_case":         {"::ADD-MASK::s", Command{"add-mask", nil, "s"}},
		"data_escapes":     {"::error::a%0Ab%0D%250A%3A", Command{"error", nil, "a\nb\r%0A%3A"}},
		"properties":       {"::error file=a%2Cb,line=1::m", Command{"error", map[string]string{"file": "a,b", "line": "1"}, "m"}},
		"data_keeps_colon": {"::error::a::b", Command{"error", nil, "a::b"}},
		"legacy_anywhere":  {"remote said ##[add-mask]x", Command{"add-mask", nil, "x"}},
		"legacy_escapes":   {"##[error a=1%3B;b=2]x%5D", Command{"error", map[string]string{"a": "1;", "b": "2"}, "x]"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := ParseCommand(tt.line)
			if !ok || got.Name != tt.want.Name || got.Data != tt.want.Data || !maps.Equal(got.Properties, tt.want.Properties) {
				t.Errorf("got %+v, %v; want %+v", got, ok, tt.want)
			}
		})
	}
	for _, line := range []string{"", "::", "::error", "x ::error::m", "::unknown::x", ": :error::", "##[unknown]x", "##[error"} {
		if got, ok := ParseCommand(line); ok {
			t.Errorf("%q: got the command %+v, want plain text", line, got)
		}
	}
}

func TestConsoleHidesFromTheMaskOn(t *testing.T) {
	t.Parallel()
	var c Console
	c.Feed("before s3cret\n::add-mask::s3cret\nafter s3crets3cret\n::error::s3cret\n")
	want := []string{"before s3cret", "after ***", "##[error]***"}
	if !slices.Equal(c.Shown, want) {
		t.Errorf("got %q, want %q", c.Shown, want)
	}
	if len(c.Issues) != 1 || c.Issues[0].Data != "***" {
		t.Errorf("issues: %+v", c.Issues)
	}
}

func TestConsoleMasksLinesToo(t *testing.T) {
	t.Parallel()
	var c Console
	c.Feed("::add-mask::one%0A two \nsay one and two\n")
	if got := c.Shown[0]; got != "say *** and ***" {
		t.Errorf("got %q", got)
	}
}

func TestConsoleHidesOverlappingMasksWhole(t *testing.T) {
	t.Parallel()
	c := Console{Masks: []string{"abcd", "cdef"}}
	if got := c.Hide("-abcdef-"); got != "-***-" {
		t.Errorf("got %q", got)
	}
}

func TestConsoleStopCommands(t *testing.T) {
	t.Parallel()
	var c Console
	c.Feed("::stop-commands::tok\n::add-mask::plain\n::tok::\n::add-mask::hidden\nplain hidden\n")
	want := []string{"::stop-commands::tok", "::add-mask::plain", "::tok::", "plain ***"}
	if !slices.Equal(c.Shown, want) {
		t.Errorf("got %q, want %q", c.Shown, want)
	}
	c.Feed("::stop-commands::later\n")
	c.BeginStep()
	c.Feed("::add-mask::works\nworks\n")
	if got := c.Shown[len(c.Shown)-1]; got != "***" {
		t.Errorf("a new step starts with commands stopped: %q", got)
	}
}

func TestConsoleEndsLinesAtCarriageReturns(t *testing.T) {
	t.Parallel()
	var c Console
	c.Feed("a\r::add-mask::x\r\nx\n")
	if want := []string{"a", "***"}; !slices.Equal(c.Shown, want) {
		t.Errorf("got %q, want %q", c.Shown, want)
	}
}

func TestConsoleProblems(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"::add-mask::", "::stop-commands::", "::stop-commands::error", "::set-env name=a::b", "::set-output name=a::b", "::save-state name=a::b"} {
		var c Console
		c.Feed(line + "\n")
		if len(c.Problems) != 1 {
			t.Errorf("%s: problems %q, want one", line, c.Problems)
		}
		if strings.HasPrefix(line, "::stop") && c.resume != "" {
			t.Errorf("%s: commands are stopped", line)
		}
	}
}
