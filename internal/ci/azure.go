package ci

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// The variables for Azure's ID token.
const (
	azureURL   = "SYSTEM_OIDCREQUESTURI"
	azureToken = "SYSTEM_ACCESSTOKEN"
)

// Azure is Azure Pipelines. Its own ID tokens, which don't come from Entra ID, have one fixed audience.
func Azure() System {
	return System{
		ID:   "azure",
		Name: "Azure Pipelines",
		Detect: func(env Env) bool {
			return isValue("TF_BUILD", "true")(env) || isSet(azureURL+"/"+azureToken)(env)
		},
		IDToken: azureIDToken,
		// Nothing is printed where nothing shows that an agent reads it.
		Check: checkExport(func(host Host) error {
			return require(host.Env, "exporting in Azure Pipelines", "hand TF_BUILD to the container, or run the command with frogmint exec", "TF_BUILD")
		}),
		Mask:    maskAzure,
		Export:  exportAzure,
		Setenv:  func(host Host, variables []Output) error { return setAzure(host, variables, "") },
		Print:   printAzure,
		Summary: summarizeAzure,
		names: Job{Repository: "BUILD_REPOSITORY_NAME", Run: "BUILD_BUILDID", Attempt: "SYSTEM_JOBATTEMPT", Name: "SYSTEM_JOBID",
			Runner: "AGENT_NAME", Revision: "BUILD_SOURCEVERSION", Branch: "BUILD_SOURCEBRANCH"},
		canMask: markedBy("TF_BUILD"),
	}
}

// azureIDToken asks the server that runs the pipeline, as Microsoft's own clients do: an empty POST with a version, and
// no redirect to a page for signing in.
func azureIDToken(ctx context.Context, host Host, _ string) (redact.Secret, error) {
	const (
		op  = "asking Azure Pipelines for the job's ID token"
		fix = "give the step `env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}`; the agent sets SYSTEM_OIDCREQUESTURI itself"
	)
	if err := require(host.Env, op, fix, azureURL, azureToken); err != nil {
		return redact.Secret{}, err
	}
	target, err := serviceURL(op, azureURL, host.Env(azureURL), fix)
	if err != nil {
		return redact.Secret{}, err
	}
	query := target.Query()
	query.Set("api-version", "7.1")
	target.RawQuery = query.Encode()
	call := httpapi.Call{Op: op, Method: http.MethodPost, URL: target}
	authorize(&call, "Bearer", host.Env(azureToken), "Content-Type", "application/json", "X-TFS-FedAuthRedirect", "Suppress")
	return service{name: "Azure Pipelines", client: host.HTTP, fix: fix}.idToken(ctx, call, "oidcToken")
}

// azureDecodes reports whether the agent reads %AZP25 as a percent sign, as it does unless a variable of the pipeline
// says otherwise (agent's source).
func azureDecodes(env Env) bool {
	switch strings.ToLower(env("DECODE_PERCENTS")) {
	case "", "1", "true", "$true":
		return true
	}
	return false
}

// azureEscape writes data or a property for the agent's parser of commands.
func azureEscape(env Env, value string) string {
	if azureDecodes(env) {
		value = strings.ReplaceAll(value, "%", "%AZP25")
	}
	return strings.NewReplacer(";", "%3B", "\r", "%0D", "\n", "%0A", "]", "%5D").Replace(value)
}

// checkAzureValue refuses what would be expanded wherever the variable is used, and what an agent that doesn't decode
// percent signs would read as something else.
func checkAzureValue(env Env, name, value string) error {
	if err := checkVariable(name, value); err != nil {
		return err
	}
	if strings.Contains(value, "$(") {
		return fmt.Errorf("the value of %s holds $(, which Azure Pipelines takes for the name of another variable", name)
	}
	if azureDecodes(env) {
		return nil
	}
	for _, code := range []string{"%3B", "%0D", "%0A", "%5D"} {
		if strings.Contains(value, code) {
			return fmt.Errorf("the value of %s holds %s, which can't be written while DECODE_PERCENTS is off", name, code)
		}
	}
	return nil
}

// maskAzure prints the one line that holds the secret; the agent shows none of its commands.
func maskAzure(host Host, secret redact.Secret) error {
	if err := checkAzureValue(host.Env, "secret", secret.Reveal()); err != nil {
		return fmt.Errorf("masking a secret: %v", err)
	}
	return azureCommand(host, "task.setsecret", secret.Reveal())
}

// azureLine is a command with its properties, which are already escaped.
func azureLine(env Env, command, data string) string {
	return "##vso[" + command + "]" + azureEscape(env, data) + "\n"
}

func azureCommand(host Host, command, data string) error {
	_, err := io.WriteString(host.Out, azureLine(host.Env, command, data))
	return err
}

// exportAzure sets the step's output variables: access_token of a step named mint is $(mint.access_token).
func exportAzure(host Host, outputs []Output) error {
	variables := renamed(outputs, func(name string) string { return strings.ReplaceAll(name, "-", "_") })
	return setAzure(host, variables, ";isoutput=true")
}

// setAzure sets variables. The agent keeps secret ones out of the environment: a later step names each in its env.
func setAzure(host Host, variables []Output, property string) error {
	var lines strings.Builder
	for _, variable := range variables {
		if err := checkAzureValue(host.Env, variable.Name, variable.Value); err != nil {
			return fmt.Errorf("setting variables for later steps: %v", err)
		}
		command := "task.setvariable variable=" + variable.Name + property
		if variable.Secret {
			command += ";issecret=true"
		}
		lines.WriteString(azureLine(host.Env, command, variable.Value))
	}
	_, err := io.WriteString(host.Out, lines.String())
	return err
}

func printAzure(host Host, level Level, message string) {
	if kind := map[Level]string{Warning: "warning", Failure: "error"}[level]; kind != "" {
		_ = azureCommand(host, "task.logissue type="+kind, message)
		return
	}
	_, _ = io.WriteString(host.Out, message+"\n")
}

// summarizeAzure writes a page and names it to the agent, which reads it after the command, so that it stays until the
// agent empties its own directory at the end of the job.
func summarizeAzure(host Host, markdown string) error {
	directory := host.Env("AGENT_TEMPDIRECTORY")
	if directory == "" {
		return nil
	}
	page, err := writeTemp(directory, "frogmint-*.md", markdown)
	if err != nil {
		return fmt.Errorf("writing the job summary: %v", err)
	}
	return azureCommand(host, "task.uploadsummary", page)
}
