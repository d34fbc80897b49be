package citest_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/frogmint/frogmint/internal/ci/citest"
)

// TestAzureAgent reads what the agent's documentation says of its commands and their codes.
func TestAzureAgent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, line, variable string
		decode               bool
		want                 citest.AzureVariable
	}{
		{"percent signs", "##vso[task.setvariable variable=test%AZP25]a%AZP25", "test%", true, citest.AzureVariable{Value: "a%"}},
		{"percent signs left alone", "##vso[task.setvariable variable=t]a%AZP25", "t", false, citest.AzureVariable{Value: "a%AZP25"}},
		{"an escaped code", "##vso[task.setvariable variable=t]a%AZP253B", "t", true, citest.AzureVariable{Value: "a%3B"}},
		{"the other codes", "##vso[task.setvariable variable=t;]%3B-%0D-%0A-%5D", "t", true, citest.AzureVariable{Value: ";-\r-\n-]"}},
		{"behind other text", "text ##vso[task.setvariable variable=t;isSecret=true;isOutput=True]v", "t", true,
			citest.AzureVariable{Value: "v", Secret: true, IsOutput: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			agent := citest.AzureAgent{DecodePercents: test.decode}
			if err := agent.Read(test.line + "\n"); err != nil {
				t.Fatal(err)
			}
			if want := map[string]citest.AzureVariable{test.variable: test.want}; !maps.Equal(agent.Variables, want) {
				t.Errorf("got %+v, want %+v", agent.Variables, want)
			}
		})
	}
	for _, line := range []string{
		"##vso[task.setvariable variable=t", "##vso[task.setvariable]x", "##vso[task.setvariable variable=t;issecret=true]a%0Ab",
		"##vso[task.setsecret]", "##vso[task.unknown]", "##vso[task.logissue type=odd]x", "##vso[task.uploadsummary]/no/such/file",
	} {
		if err := (&citest.AzureAgent{}).Read(line); err == nil {
			t.Errorf("%q passed", line)
		}
	}
	var agent citest.AzureAgent
	if err := agent.Read("before s3cret\n##vso[task.setsecret]s3cret\nafter s3cret\n"); err != nil || agent.Log[0] != "before s3cret" || agent.Log[1] != "after ***" {
		t.Errorf("people see %q, error %v", agent.Log, err)
	}
}

func TestParseTeamCity(t *testing.T) {
	t.Parallel()
	name, got, err := citest.ParseTeamCity(`##teamcity[message text='it|'s |[one|]|n||two|0x00FC|0xD83D|0xDC38' status='ERROR']`)
	if want := map[string]string{"text": "it's [one]\n|twoü🐸", "status": "ERROR"}; err != nil || name != "message" || !maps.Equal(got, want) {
		t.Errorf("got %s %q, error %v", name, got, err)
	}
	for _, line := range []string{
		"text", "##teamcity[message", "##teamcity[message text='a", "##teamcity[message text='a]']", "##teamcity[message text='|q']",
		"##teamcity[message text='|0x12']", "##teamcity[message text='ü']", "##teamcity[message text='a'] more",
	} {
		if _, _, err := citest.ParseTeamCity(line); err == nil {
			t.Errorf("%q passed", line)
		}
	}
}

// TestParseExports agrees with a real shell, and refuses what a shell would expand or run.
func TestParseExports(t *testing.T) {
	t.Parallel()
	const text = "{ set +x; } 2>/dev/null\nexport A='it'\\''s $(id) \"x\"'\nexport B=plain-1.2\n"
	got, err := citest.ParseExports(text)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env, _ := citest.SourceFile(t, "sh", "-eu", file)
	for _, name := range []string{"A", "B"} {
		if got[name] == "" || got[name] != env[name] {
			t.Errorf("%s is %q, in a shell %q", name, got[name], env[name])
		}
	}
	for _, line := range []string{
		"export A=$(id)", "export A=`id`", "export A=a b", "export A='a", "export A=a;id", "A=a", "id", "export A=\"$B\"", "export $(id)=a", "export A=~",
	} {
		if _, err := citest.ParseExports(line); err == nil {
			t.Errorf("%q passed", line)
		}
	}
}
