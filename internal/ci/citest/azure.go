package citest

import (
	"fmt"
	"os"
	"strings"
)

// AzureVariable is a variable that a step set.
type AzureVariable struct {
	Value    string
	Secret   bool
	IsOutput bool
}

// AzureAgent reads what a step prints, as the agent of Azure Pipelines does with the logging commands of its
// documentation. The zero value decodes no percent signs.
type AzureAgent struct {
	DecodePercents bool

	Variables map[string]AzureVariable
	Secrets   []string
	Issues    []string // TYPE: MESSAGE
	Summaries []string // the pages' text
	Log       []string // what people see: all lines but commands, with the secrets that were set by then hidden
}

// Read reads all that a step printed. It fails on a command that the agent would complain about.
func (a *AzureAgent) Read(output string) error {
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		start := strings.Index(line, "##vso[")
		if start < 0 {
			a.Log = append(a.Log, a.hide(line))
			continue
		}
		if err := a.command(line[start+len("##vso["):]); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
	}
	return nil
}

func (a *AzureAgent) hide(line string) string {
	for _, secret := range a.Secrets {
		line = strings.ReplaceAll(line, secret, "***")
	}
	return line
}

func (a *AzureAgent) command(text string) error {
	head, data, closed := strings.Cut(text, "]")
	if !closed {
		return fmt.Errorf("no closing bracket")
	}
	name, list, _ := strings.Cut(head, " ")
	properties := map[string]string{}
	for property := range strings.SplitSeq(list, ";") {
		if key, value, ok := strings.Cut(property, "="); ok {
			properties[strings.ToLower(key)] = a.decode(value)
		}
	}
	return a.run(strings.ToLower(name), properties, a.decode(data))
}

func (a *AzureAgent) run(name string, properties map[string]string, data string) error {
	switch name {
	case "task.setsecret":
		return a.addSecret(data)
	case "task.setvariable":
		return a.setVariable(properties, data)
	case "task.logissue":
		if kind := properties["type"]; kind != "warning" && kind != "error" {
			return fmt.Errorf("invalid issue type %q", kind)
		}
		a.Issues = append(a.Issues, properties["type"]+": "+a.hide(data))
		return nil
	case "task.uploadsummary":
		page, err := os.ReadFile(data) //nolint:gosec // the agent reads what it is told to
		a.Summaries = append(a.Summaries, string(page))
		return err
	}
	return fmt.Errorf("unknown command %q", name)
}

func (a *AzureAgent) addSecret(value string) error {
	if value == "" {
		return fmt.Errorf("an empty secret")
	}
	a.Secrets = append(a.Secrets, value)
	return nil
}

func (a *AzureAgent) setVariable(properties map[string]string, data string) error {
	name := properties["variable"]
	if name == "" {
		return fmt.Errorf("no variable is named")
	}
	variable := AzureVariable{
		Value: data, Secret: strings.EqualFold(properties["issecret"], "true"), IsOutput: strings.EqualFold(properties["isoutput"], "true"),
	}
	if variable.Secret {
		if strings.Contains(data, "\n") {
			return fmt.Errorf("secrets of several lines are refused")
		}
		a.Secrets = append(a.Secrets, data)
	}
	if a.Variables == nil {
		a.Variables = map[string]AzureVariable{}
	}
	a.Variables[name] = variable
	return nil
}

// decode reads the codes of the documentation from left to right: %3B ; and %0D and %0A and %5D, and %AZP25 where the
// pipeline decodes percent signs.
func (a *AzureAgent) decode(text string) string {
	codes := map[string]string{"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]"}
	if a.DecodePercents {
		codes["%AZP25"] = "%"
	}
	var decoded strings.Builder
next:
	for text != "" {
		for code, char := range codes {
			if strings.HasPrefix(text, code) {
				decoded.WriteString(char)
				text = text[len(code):]
				continue next
			}
		}
		decoded.WriteByte(text[0])
		text = text[1:]
	}
	return decoded.String()
}
