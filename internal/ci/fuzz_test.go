package ci_test

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/ci/citest"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, seed := range []string{
		"", hostile, "%AZP25", "%%3B%AZ", "%0A", "]", ";", "'", `'\''`, `\`, "|0x0041|", "$(id)", "a=b", " a ", "\u00a0", "a\nb", "a\r", "\x00", "\xff", "🐸",
		"_GitHubActionsFileCommandDelimeter_", "<<EOF",
	} {
		f.Add(seed)
	}
}

// roundTrip exports one value, and fails unless it was refused or arrives as it was, alone.
func roundTrip(t *testing.T, system ci.System, w *world, value string, read func() map[string]string) {
	t.Helper()
	err := system.Setenv(w.host, []ci.Output{{Name: "JF_USER", Value: value}})
	if err == nil && (strings.ContainsAny(value, "\r\n\x00") || !utf8.ValidString(value)) {
		t.Fatalf("%q was let through", value)
	}
	got := read()
	if err != nil {
		if len(got) > 0 {
			t.Fatalf("%q was refused (%v), but this was written: %q", value, err, got)
		}
		return
	}
	if len(got) != 1 || got["JF_USER"] != value {
		t.Fatalf("%q arrives as %q", value, got)
	}
}

func FuzzAzure(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, value string) {
		for _, decode := range []bool{true, false} {
			w := plainWorld(t, map[string]string{"DECODE_PERCENTS": map[bool]string{true: "", false: "false"}[decode]})
			agent := citest.AzureAgent{DecodePercents: decode}
			roundTrip(t, ci.Azure(), w, value, func() map[string]string {
				must(t, agent.Read(w.out.String()))
				got := map[string]string{}
				for name, variable := range agent.Variables {
					got[name] = variable.Value
				}
				return got
			})
			if len(agent.Log)+len(agent.Secrets) > 0 {
				t.Fatalf("%q was also taken for something else: %q, %q", value, agent.Log, agent.Secrets)
			}
		}
	})
}

func FuzzTeamCity(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, value string) {
		if !utf8.ValidString(value) {
			return // redact.Text lets none through
		}
		w := plainWorld(t, nil)
		ci.TeamCity().Print(w.host, ci.Failure, value)
		line, rest, _ := strings.Cut(w.out.String(), "\n")
		_, attributes, err := citest.ParseTeamCity(line)
		if err != nil || rest != "" || attributes["text"] != value || len(attributes) != 2 {
			t.Fatalf("%q arrives as %q (%v), with %q behind it", value, attributes, err, rest)
		}
	})
}

// fuzzFile fuzzes a CI that reads variables from a file.
func fuzzFile(f *testing.F, system ci.System, variable, file string, parse func(t *testing.T, text string) map[string]string) {
	seeds(f)
	f.Fuzz(func(t *testing.T, value string) {
		w := plainWorld(t, map[string]string{variable: "{dir}/" + file})
		if strings.HasPrefix(variable, "GITHUB_") {
			must(t, os.WriteFile(w.env[variable], nil, 0o600))
		}
		roundTrip(t, system, w, value, func() map[string]string {
			text, err := os.ReadFile(w.env[variable])
			if os.IsNotExist(err) {
				return nil
			}
			must(t, err)
			return parse(t, string(text))
		})
	})
}

func FuzzGitLab(f *testing.F) {
	fuzzFile(f, ci.GitLab(), "GITLAB_ENV", "env", func(_ *testing.T, text string) map[string]string {
		return citest.GitLabConcreteStage(text)
	})
}

func FuzzShell(f *testing.F) {
	fuzzFile(f, ci.CircleCI(), "BASH_ENV", "env", func(t *testing.T, text string) map[string]string {
		env, err := citest.ParseExports(text)
		must(t, err)
		return env
	})
}

func FuzzGitHub(f *testing.F) {
	fuzzFile(f, ci.GitHub(), "GITHUB_ENV", "env", func(t *testing.T, text string) map[string]string { return pairs(t, text) })
}

// FuzzAppend puts lines behind whatever another step left in the file.
func FuzzAppend(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, before string) {
		w := plainWorld(t, map[string]string{"GITLAB_ENV": "{dir}/env"})
		must(t, os.WriteFile(w.env["GITLAB_ENV"], []byte(before), 0o600))
		must(t, ci.GitLab().Setenv(w.host, []ci.Output{{Name: "JF_USER", Value: "robot"}}))
		after, err := os.ReadFile(w.env["GITLAB_ENV"])
		must(t, err)
		if before != "" && !strings.HasSuffix(before, "\n") {
			before += "\n"
		}
		if string(after) != before+"JF_USER=robot\n" {
			t.Fatalf("%q became %q", before, after)
		}
	})
}
