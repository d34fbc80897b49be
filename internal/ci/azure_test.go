package ci_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/ci/citest"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

func azureWorld(t testing.TB, more map[string]string) *world {
	t.Helper()
	env := map[string]string{
		"TF_BUILD": "True", "SYSTEM_OIDCREQUESTURI": "{url}/azure/oidctoken", "SYSTEM_ACCESSTOKEN": "{request-token}", "AGENT_TEMPDIRECTORY": "{dir}",
	}
	for name, value := range more {
		env[name] = value
	}
	return newWorld(t, env)
}

func TestAzure_AgentReadsWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, decode := range []string{"", "true", "1", "false", "no"} {
		t.Run("DECODE_PERCENTS="+decode, func(t *testing.T) {
			t.Parallel()
			agent := citest.AzureAgent{DecodePercents: decode != "false" && decode != "no"}
			w := azureWorld(t, map[string]string{"DECODE_PERCENTS": decode})
			system := ci.Azure()
			username := `o'neil ];"\ %AZP25 %41 ü🐸 ##vso[task.complete]`
			must(t, system.Mask(w.host, secret()))
			system.Print(w.host, ci.Info, "using "+secret().Reveal())
			system.Print(w.host, ci.Failure, "it failed]; 100%\nhint: again")
			must(t, system.Export(w.host, []ci.Output{
				{Name: "access-token", Value: secret().Reveal(), Secret: true}, {Name: "username", Value: username},
			}))
			must(t, system.Setenv(w.host, []ci.Output{{Name: "JF_ACCESS_TOKEN", Value: secret().Reveal(), Secret: true}}))
			must(t, system.Summary(w.host, "### page\n"))
			must(t, agent.Read(w.out.String()))

			want := map[string]citest.AzureVariable{
				"access_token":    {Value: secret().Reveal(), Secret: true, IsOutput: true},
				"username":        {Value: username, IsOutput: true},
				"JF_ACCESS_TOKEN": {Value: secret().Reveal(), Secret: true},
			}
			for name, variable := range want {
				if agent.Variables[name] != variable {
					t.Errorf("%s is %+v, want %+v", name, agent.Variables[name], variable)
				}
			}
			if got := strings.Join(agent.Log, "\n"); got != "using ***" {
				t.Errorf("people see %q", got)
			}
			if len(agent.Issues) != 1 || agent.Issues[0] != "error: it failed]; 100%\nhint: again" {
				t.Errorf("issues %q", agent.Issues)
			}
			if len(agent.Summaries) != 1 || agent.Summaries[0] != "### page\n" {
				t.Errorf("summaries %q", agent.Summaries)
			}
		})
	}
}

// TestAzure_RefusesWhatArrivesChanged has values that reach no later step as they are.
func TestAzure_RefusesWhatArrivesChanged(t *testing.T) {
	t.Parallel()
	for value, decode := range map[string]string{
		"100%3B": "false", "x%0Ay": "0", "x%5Dy": "no", "x%0Dy": "$false", "$(System.AccessToken)": "", "a\nb": "", "a\rb": "",
	} {
		w := azureWorld(t, map[string]string{"DECODE_PERCENTS": decode})
		if err := ci.Azure().Export(w.host, []ci.Output{{Name: "url", Value: "fine"}, {Name: "username", Value: value}}); err == nil {
			t.Errorf("%q was exported", value)
		}
		if err := ci.Azure().Mask(w.host, redact.NewSecret(value)); err == nil {
			t.Errorf("%q was masked", value)
		} else if strings.Contains(err.Error(), value) {
			t.Errorf("the error shows the secret: %v", err)
		}
		if w.out.Len() > 0 {
			t.Errorf("printed before it refused: %q", w.out)
		}
	}
}

func TestAzure_IDToken(t *testing.T) {
	t.Parallel()
	w := azureWorld(t, nil)
	token, err := ci.Azure().IDToken(t.Context(), w.host, "")
	must(t, err)
	if token.Reveal() != "id-token-for api://AzureADTokenExchange" {
		t.Errorf("got %q", token.Reveal())
	}
	for _, name := range []string{"SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"} {
		w := azureWorld(t, map[string]string{name: ""})
		if _, err := ci.Azure().IDToken(t.Context(), w.host, ""); err == nil || !strings.Contains(err.Error(), name+" is not set") {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestAzure_IDTokenRefused(t *testing.T) {
	t.Parallel()
	w := azureWorld(t, map[string]string{"SYSTEM_ACCESSTOKEN": "wrong-credential"})
	_, err := ci.Azure().IDToken(t.Context(), w.host, "")
	var refused *httpapi.Error
	if !errors.As(err, &refused) || refused.Status != 401 || refused.Temporary() {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(refused.Hint(), "System.AccessToken") || strings.Contains(err.Error(), "wrong-credential") {
		t.Errorf("got %v, hint %q", err, refused.Hint())
	}
}
