package ci

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/frogmint/frogmint/internal/redact"
)

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
		return fmt.Errorf("masking a secret: %w", err)
	}
	_, err := io.WriteString(host.Out, "##vso[task.setsecret]"+azureEscape(host.Env, secret.Reveal())+"\n")
	return err
}

// exportAzure sets the step's output variables: access_token of a step named mint is $(mint.access_token).
func exportAzure(host Host, outputs []Output) error {
	variables := make([]Output, len(outputs))
	for i, output := range outputs {
		variables[i] = Output{Name: strings.ReplaceAll(output.Name, "-", "_"), Value: output.Value, Secret: output.Secret}
	}
	return setAzure(host, variables, ";isoutput=true")
}

// setAzure sets variables. The agent keeps secret ones out of the environment: a later step names each in its env.
func setAzure(host Host, variables []Output, property string) error {
	for _, variable := range variables {
		if err := checkAzureValue(host.Env, variable.Name, variable.Value); err != nil {
			return fmt.Errorf("setting variables for later steps: %w", err)
		}
	}
	for _, variable := range variables {
		properties := "variable=" + variable.Name + property
		if variable.Secret {
			properties += ";issecret=true"
		}
		line := "##vso[task.setvariable " + properties + "]" + azureEscape(host.Env, variable.Value) + "\n"
		if _, err := io.WriteString(host.Out, line); err != nil {
			return fmt.Errorf("setting variables for later steps: %v", err)
		}
	}
	return nil
}

func printAzure(host Host, level Level, message string) {
	line := message
	switch level {
	case Info:
	case Warning:
		line = "##vso[task.logissue type=warning]" + azureEscape(host.Env, message)
	case Failure:
		line = "##vso[task.logissue type=error]" + azureEscape(host.Env, message)
	}
	_, _ = io.WriteString(host.Out, line+"\n")
}

// summarizeAzure writes a page and names it to the agent, which reads it after the command, so that it stays until the
// agent empties its own directory at the end of the job.
func summarizeAzure(host Host, markdown string) error {
	directory := host.Env("AGENT_TEMPDIRECTORY")
	if directory == "" {
		return nil
	}
	file, err := os.CreateTemp(directory, "frogmint-*.md")
	if err != nil {
		return fmt.Errorf("writing the job summary: %v", err)
	}
	_, err = file.WriteString(markdown)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("writing the job summary: %v", err)
	}
	_, err = io.WriteString(host.Out, "##vso[task.uploadsummary]"+azureEscape(host.Env, file.Name())+"\n")
	return err
}
