package cli

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/inputs"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/mapping"
	"github.com/frogmint/frogmint/internal/redact"
)

func mappingHelp() string {
	return `Usage:
    frogmint mapping print [flags]    write the identity mapping that matches this job
    frogmint mapping check [flags]    say which mapping each job gets
    frogmint mapping lint  [flags]    find unsafe mappings

Identity mappings say in JFrog what a job's ID token is exchanged for. docs/mappings.md tells how JFrog matches them, and
has a page for each rule of lint.

    --mappings FILE            check, lint: mappings in JFrog's JSON, or what terraform show -json prints
    --admin-token-env NAME     check, lint: or the variable with an administrator's token, to read them from JFrog
    --claims FILE              claims of an ID token as JSON, instead of this job's; check: may be repeated, a file may hold many jobs
    --bind CLAIM,...           print: the claims to bind, such as job_workflow_ref,repository_owner_id
    --format json|curl|terraform    print: one form instead of all three
    --format text|json|github  lint: the form of the findings
    --expect FILE              check: lines of JOB MAPPING; exit status 1 where a job gets something else

Example:
    $ frogmint mapping print --oidc-provider-name github --groups CI --bind repository,ref
` + inputsHelp(mappingInputs())
}

// mappingInputs are what says which integration is meant, where the ID token comes from, and what the mapping grants.
func mappingInputs() []string {
	return append(sweepInputs(), "username", "groups", "scope", "grant-admin", "expiry", "audience")
}

// mappingRequest is the command line of frogmint mapping.
type mappingRequest struct {
	verb   string
	inputs map[string]string
	from   mappingSource
	claims []string
	bind   string
	format string
	expect string
}

// mapping writes, checks and lints identity mappings.
func (c *Command) mapping(ctx context.Context, args []string) int {
	request := mappingRequest{}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		request.verb, args = args[0], args[1:]
	}
	flags := newFlags("mapping", mappingHelp(), mappingInputs())
	request.addFlags(flags.FlagSet)
	if status, done := c.parseAlone(ctx, flags, args); done {
		return status
	}
	request.inputs = flags.values
	verbs := map[string]func(context.Context, *runner, mappingRequest) (int, error){
		"print": c.mappingPrint, "check": c.mappingCheck, "lint": c.mappingLint,
	}
	verb, known := verbs[request.verb]
	if !known {
		return c.misuse("frogmint mapping", fmt.Sprintf("%q is none of print, check, lint", request.verb))
	}
	system, status, ok := c.detect(ctx)
	if !ok {
		return status
	}
	r := c.newStderrRunner(ctx, system)
	status, err := verb(ctx, r, request)
	if err != nil {
		return r.printer.fail(err)
	}
	return status
}

func (m *mappingRequest) addFlags(flags *flag.FlagSet) {
	flags.StringVar(&m.from.file, "mappings", "", "")
	flags.StringVar(&m.from.tokenVariable, "admin-token-env", "", "")
	flags.Func("claims", "", func(file string) error { m.claims = append(m.claims, file); return nil })
	flags.StringVar(&m.bind, "bind", "", "")
	flags.StringVar(&m.format, "format", "", "")
	flags.StringVar(&m.expect, "expect", "", "")
}

// mappingPrint writes the mapping that matches a job and as few others as its claims allow.
func (c *Command) mappingPrint(ctx context.Context, r *runner, request mappingRequest) (int, error) {
	jobs, config, err := c.jobs(ctx, r, request)
	if err != nil {
		return ExitFailure, err
	}
	var bind []string
	if request.bind != "" {
		bind = strings.Split(request.bind, ",")
	}
	m, err := strictFor(jobs[0].Claims, bind, config)
	if err != nil {
		return ExitUsage, &action.ConfigError{Field: "--bind", Reason: err.Error(), Fix: "name claims that the job's ID token has"}
	}
	m.Provider = orDefault(m.Provider, "PROVIDER")
	forms := map[string]string{"json": m.JSON(), "curl": m.Curl(orDefault(config.URL, "https://JFROG")), "terraform": m.Terraform()}
	switch text, known := forms[request.format]; {
	case known:
		_, err = io.WriteString(c.Stdout, strings.TrimSpace(text)+"\n")
	case request.format == "":
		_, err = fmt.Fprintf(c.Stdout, "# JFrog's JSON\n%s\n\n# curl, with an administrator's token in %s\n%s\n\n# Terraform, JFrog's provider platform\n%s\n",
			strings.TrimSpace(forms["json"]), mapping.TokenVariable, strings.TrimSpace(forms["curl"]), strings.TrimSpace(forms["terraform"]))
	default:
		err = &action.ConfigError{Field: "--format", Reason: fmt.Sprintf("%q is none of json, curl, terraform", redact.Text(request.format, 80)), Fix: "write one of them"}
	}
	return ExitSuccess, err
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// mappingCheck says who gets what, and fails where that isn't what was expected.
func (c *Command) mappingCheck(ctx context.Context, r *runner, request mappingRequest) (int, error) {
	jobs, config, err := c.jobs(ctx, r, request)
	if err != nil {
		return ExitFailure, err
	}
	set, err := c.mappings(ctx, request, config)
	if err != nil {
		return ExitFailure, err
	}
	choices := mapping.Check(set.Mappings, jobs)
	table := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "JOB\tMAPPING\tUSER\tSCOPE\tSECONDS")
	for _, choice := range choices {
		name, t := orDefault(choice.Mapping, "-"), choice.Token
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", redact.Text(choice.Job, 200), redact.Text(name, 200), redact.Text(t.Username, 200), redact.Text(t.Scope, 300), t.ExpiresIn)
	}
	_ = table.Flush()
	if request.expect == "" {
		for _, choice := range choices {
			if choice.Refused() && len(choices) == 1 {
				_, _ = fmt.Fprintln(c.Stdout, strings.Join(compareLines(choice), "\n"))
			}
		}
		return ExitSuccess, nil
	}
	text, err := httpapi.ReadFile(ctx, request.expect, mapping.MaxFile, "file")
	if err != nil {
		return ExitUsage, &action.ConfigError{Field: "--expect", Reason: err.Error(), Fix: "give a file with lines of JOB MAPPING"}
	}
	expected, err := mapping.ParseExpectations(text)
	if err != nil {
		return ExitUsage, &action.ConfigError{Field: "--expect", Reason: err.Error(), Fix: "write lines of JOB MAPPING, with - for a job that is to be refused"}
	}
	differences := mapping.Differences(expected, choices)
	for _, d := range differences {
		_, _ = fmt.Fprintf(c.Stdout, "%s: expected %s, gets %s\n", redact.Text(d.Job, 200), redact.Text(d.Want, 200), redact.Text(d.Got, 300))
	}
	if len(differences) > 0 {
		return ExitFailure, nil
	}
	return ExitSuccess, nil
}

// mappingLint finds unsafe mappings. It fails on a finding of level error.
func (c *Command) mappingLint(ctx context.Context, _ *runner, request mappingRequest) (int, error) {
	config, err := c.mappingConfig(ctx, request, request.from.tokenVariable != "")
	if err != nil {
		return ExitUsage, err
	}
	set, err := c.mappings(ctx, request, config)
	if err != nil {
		return ExitFailure, err
	}
	findings := mapping.Lint(*set, mapping.Options{})
	switch request.format {
	case "json":
		text, err := json.MarshalIndent(slices.Concat([]mapping.Finding{}, findings), "", "  ")
		if err != nil {
			return ExitFailure, err
		}
		_, _ = fmt.Fprintln(c.Stdout, string(text))
	case "github":
		for _, f := range findings {
			_, _ = fmt.Fprintf(c.Stdout, "::%s title=%s::%s%%0Ahint: %s\n", f.Level, f.Rule, f, f.Fix)
		}
	case "", "text":
		for _, f := range findings {
			_, _ = fmt.Fprintf(c.Stdout, "%s\n    hint: %s\n", f, f.Fix)
		}
		_, _ = fmt.Fprintf(c.Stdout, "%d finding(s) in %d mapping(s)\n", len(findings), len(set.Mappings))
	default:
		return ExitUsage, &action.ConfigError{Field: "--format", Reason: fmt.Sprintf("%q is none of text, json, github", redact.Text(request.format, 80)), Fix: "write one of them"}
	}
	if slices.ContainsFunc(findings, func(f mapping.Finding) bool { return f.Level == mapping.LevelError }) {
		return ExitFailure, nil
	}
	return ExitSuccess, nil
}

// jobs reads the claims that were named, or gets this job's own ID token.
func (c *Command) jobs(ctx context.Context, r *runner, request mappingRequest) ([]mapping.Job, action.Config, error) {
	config, err := c.mappingConfig(ctx, request, len(request.claims) == 0)
	if err != nil {
		return nil, config, err
	}
	var jobs []mapping.Job
	for _, file := range request.claims {
		text, err := httpapi.ReadFile(ctx, file, mapping.MaxFile, "file")
		var read []mapping.Job
		if err == nil {
			read, err = mapping.ParseJobs(text)
		}
		if err != nil {
			return nil, config, &action.ConfigError{Field: "--claims", Reason: err.Error(), Fix: "give a file with the claims of an ID token as JSON"}
		}
		jobs = append(jobs, read...)
	}
	if len(request.claims) > 0 {
		if len(jobs) == 0 {
			return nil, config, &action.ConfigError{Field: "--claims", Reason: "there are no claims in it", Fix: "give a file with the claims of an ID token as JSON"}
		}
		return jobs, config, nil
	}
	client, err := c.client(r, &inputs.Inputs{Config: config})
	if err != nil {
		return nil, config, err
	}
	defer r.host.HTTP.Close()
	if source := config.IDToken; source == nil {
		config.IDToken = func(ctx context.Context, audience string) (action.Secret, error) {
			return r.system.IDToken(ctx, r.host, audience)
		}
	}
	token, err := client.IDToken(ctx, config)
	if err != nil {
		return nil, config, err
	}
	claims, err := jfrog.ClaimSet(token)
	return []mapping.Job{{Claims: claims, Provider: config.Credentials.Provider, Project: config.Project}}, config, err
}

// mappingConfig reads the inputs. Where nothing is asked of JFrog or the CI, url and credentials may be missing.
func (c *Command) mappingConfig(ctx context.Context, request mappingRequest, needed bool) (action.Config, error) {
	values := map[string]string{}
	for name, value := range request.inputs {
		values[name] = value
	}
	sources := inputs.CommandSources(values, c.LookupEnv)
	if !needed {
		if sources.Text("url") == "" {
			values["url"] = "https://JFROG"
		}
		if sources.Text("oidc-provider-name") == "" {
			values["oidc-provider-name"] = "PROVIDER"
		}
	}
	in, err := inputs.Load(ctx, inputs.CommandSources(values, c.LookupEnv))
	return in.Config, err
}

// mappings reads the mappings that the command is about.
func (c *Command) mappings(ctx context.Context, request mappingRequest, config action.Config) (*mapping.Set, error) {
	if request.from == (mappingSource{}) {
		return nil, &action.ConfigError{Field: "--mappings", Reason: "there are no mappings", Fix: "give a file, or --admin-token-env to read them from JFrog"}
	}
	client, err := c.platform(config)
	if err != nil {
		return nil, err
	}
	defer client.http.Close()
	return c.readMappings(ctx, client.api, request.from, config.Credentials.Provider)
}
