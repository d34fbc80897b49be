package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
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
    frogmint mapping lint  [flags]    find unsafe mappings; exit status 1 where one is an error

Identity mappings say in JFrog what a job's ID token is exchanged for. docs/mappings.md tells how JFrog matches them, and
has a section for each rule of lint.

    --mappings FILE            check, lint: mappings in JFrog's JSON, or what terraform show -json prints
    --admin-token-env NAME     check, lint: or the variable with an administrator's token, to read them from JFrog
    --claims FILE              print, check: claims of ID tokens as JSON, instead of this job's; check: may be repeated
    --bind CLAIM,...           print: the claims to bind, such as job_workflow_ref,repository_owner
    --format FORMAT            print: json, curl or terraform, instead of all three; lint: text, json or github
    --expect FILE              check: lines of JOB MAPPING; exit status 1 where a job gets something else

Example:
    $ frogmint mapping print --oidc-provider-name github --groups CI --bind repository,ref
` + inputsHelp(mappingInputs())
}

// mappingInputs are what says which integration is meant, where the ID token comes from, and what the mapping grants.
func mappingInputs() []string {
	return []string{
		"url", "oidc-provider-name", "oidc-audience", "identity-mapping-name", "id-token-env", "id-token-file", "username", "groups", "scope",
		"grant-admin", "project", "expiry", "audience", "ca-cert", "allow-http", "timeout", "client-cert", "client-key",
	}
}

// mappingRequest is one run of frogmint mapping.
type mappingRequest struct {
	command *Command
	runner  *runner
	inputs  map[string]string
	from    mappingSource
	claims  []string
	bind    string
	format  string
	expect  string
}

// mapping writes, checks and lints identity mappings.
func (c *Command) mapping(ctx context.Context, args []string) int {
	verb := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		verb, args = args[0], args[1:]
	}
	flags := newFlags("mapping", mappingHelp(), mappingInputs())
	request := mappingRequest{command: c, inputs: flags.values}
	run := request.addFlags(flags, verb)
	if status, done := c.parseAlone(ctx, flags, args); done {
		return status
	}
	if run == nil {
		return c.misuse("frogmint mapping", fmt.Sprintf("%q is none of print, check, lint", verb))
	}
	system, status, ok := c.detect(ctx)
	if !ok {
		return status
	}
	request.runner = c.newStderrRunner(ctx, system)
	request.runner.printer.secrets.Add(request.from.token(c.getenv))
	status, err := run(ctx)
	if err != nil {
		return request.runner.printer.fail(err)
	}
	return status
}

// addFlags adds the flags of a verb and returns what it does; nil for no verb.
func (m *mappingRequest) addFlags(flags *flagSet, verb string) func(context.Context) (int, error) {
	if verb != "lint" {
		flags.Func("claims", "", func(file string) error { m.claims = append(m.claims, file); return nil })
	}
	if verb != "print" {
		flags.StringVar(&m.from.file, "mappings", "", "")
		flags.StringVar(&m.from.tokenVariable, "admin-token-env", "", "")
	}
	if verb != "check" {
		flags.StringVar(&m.format, "format", "", "")
	}
	switch verb {
	case "print":
		flags.StringVar(&m.bind, "bind", "", "")
		return m.print
	case "check":
		flags.StringVar(&m.expect, "expect", "", "")
		return m.check
	case "lint":
		return m.lint
	}
	return nil
}

// forms are the forms in which a mapping is written: JFrog's JSON, curl, Terraform.
func forms(m mapping.Mapping, url string) []string {
	return []string{strings.TrimSpace(m.JSON()), strings.TrimSpace(m.Curl(url)), strings.TrimSpace(m.Terraform())}
}

// print writes the mapping that matches a job, and as few others as its claims allow.
func (m *mappingRequest) print(ctx context.Context) (int, error) {
	at := slices.Index([]string{"json", "curl", "terraform", ""}, m.format)
	if at < 0 {
		return 0, m.badFormat("json, curl, terraform")
	}
	jobs, config, err := m.jobs(ctx)
	if err != nil {
		return 0, err
	}
	if len(jobs) > 1 {
		return 0, &action.ConfigError{Field: "--claims", Reason: fmt.Sprintf("%d jobs, and print writes the mapping of one", len(jobs)), Fix: "give the claims of one"}
	}
	var bind []string
	if m.bind != "" {
		bind = strings.Split(strings.ReplaceAll(m.bind, " ", ""), ",")
	}
	strict, err := strictFor(jobs[0].Claims, bind, config)
	if err != nil {
		return 0, &action.ConfigError{Field: "--bind", Reason: err.Error(), Fix: "name claims that the job's ID token has and that don't differ in every run"}
	}
	if strict.Provider == "" {
		strict.Provider = noProvider
	}
	all := forms(strict, config.URL)
	if m.format != "" {
		_, err = fmt.Fprintln(m.command.Stdout, all[at])
	} else {
		_, err = fmt.Fprintf(m.command.Stdout, "# JFrog's JSON\n%s\n\n# curl, with an administrator's token in %s\n%s\n\n# Terraform, JFrog's provider platform\n%s\n",
			all[0], mapping.TokenVariable, all[1], all[2])
	}
	return ExitSuccess, err
}

func (m *mappingRequest) badFormat(known string) error {
	return &action.ConfigError{Field: "--format", Reason: fmt.Sprintf("%q is none of %s", redact.Text(m.format, 80), known), Fix: "write one of them"}
}

// check says who gets what, and fails where that isn't what was expected.
func (m *mappingRequest) check(ctx context.Context) (int, error) {
	expected, err := m.expectations(ctx)
	if err != nil {
		return 0, err
	}
	jobs, config, err := m.jobs(ctx)
	if err != nil {
		return 0, err
	}
	set, err := m.mappings(ctx, config)
	if err != nil {
		return 0, err
	}
	choices := mapping.Check(set.Mappings, jobs)
	if err := writeChoices(m.command.Stdout, choices); err != nil {
		return 0, err
	}
	if m.expect == "" {
		return ExitSuccess, nil
	}
	differences := mapping.Differences(expected, choices)
	for _, d := range differences {
		_, _ = fmt.Fprintf(m.command.Stdout, "%s: expected %s, gets %s\n", redact.Text(d.Job, 200), redact.Text(d.Want, 200), redact.Text(d.Got, 300))
	}
	if len(differences) > 0 {
		return ExitFailure, nil
	}
	return ExitSuccess, nil
}

// expectations reads the file of --expect.
func (m *mappingRequest) expectations(ctx context.Context) ([]mapping.Expectation, error) {
	if m.expect == "" {
		return nil, nil
	}
	text, err := httpapi.ReadFile(ctx, m.expect, mapping.MaxFile, "file")
	var expected []mapping.Expectation
	if err == nil {
		expected, err = mapping.ParseExpectations(text)
	}
	if err != nil {
		return nil, &action.ConfigError{Field: "--expect", Reason: err.Error(), Fix: "give a file with lines of JOB MAPPING, with - for a job that is to be refused"}
	}
	return expected, nil
}

// writeChoices writes a table of who gets what. A single job that gets nothing is told why.
func writeChoices(out io.Writer, choices []mapping.Choice) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "JOB\tMAPPING\tUSER\tSCOPE\tSECONDS")
	for _, choice := range choices {
		name, token := choice.Mapping, choice.Token
		if choice.Refused() {
			name, token.Username, token.Scope = "-", "-", "-"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", redact.Text(choice.Job, 200), redact.Text(name, 200), redact.Text(token.Username, 200), redact.Text(token.Scope, 300), token.ExpiresIn)
	}
	if len(choices) == 1 && (choices[0].Refused() || choices[0].Problem != "") {
		_, _ = fmt.Fprintln(table, strings.Join(compareLines(choices[0]), "\n"))
	}
	return table.Flush()
}

// lint finds unsafe mappings. It fails on a finding of level error.
func (m *mappingRequest) lint(ctx context.Context) (int, error) {
	if !slices.Contains([]string{"", "text", "json", "github"}, m.format) {
		return 0, m.badFormat("text, json, github")
	}
	config, err := m.config(ctx)
	if err != nil {
		return 0, err
	}
	set, err := m.mappings(ctx, config)
	if err != nil {
		return 0, err
	}
	findings := mapping.Lint(*set, mapping.Options{})
	if err := writeFindings(m.command.Stdout, m.format, findings); err != nil {
		return 0, err
	}
	if m.format != "json" {
		m.runner.printer.Info(fmt.Sprintf("%d finding(s) in %d mapping(s) and %d provider(s)", len(findings), len(set.Mappings), len(set.Providers)))
	}
	if slices.ContainsFunc(findings, func(f mapping.Finding) bool { return f.Level == mapping.LevelError }) {
		return ExitFailure, nil
	}
	return ExitSuccess, nil
}

func writeFindings(out io.Writer, format string, findings []mapping.Finding) error {
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(append([]mapping.Finding{}, findings...))
	}
	for _, f := range findings {
		text := fmt.Sprintf("%s\n    hint: %s\n", f, f.Fix)
		if format == "github" {
			text = fmt.Sprintf("::%s title=%s::%s%%0Ahint: %s\n", f.Level, f.Rule, strings.ReplaceAll(f.String(), "%", "%25"), f.Fix)
		}
		if _, err := io.WriteString(out, text); err != nil {
			return err
		}
	}
	return nil
}

// jobs reads the claims that were named, or gets this job's own ID token.
func (m *mappingRequest) jobs(ctx context.Context) ([]mapping.Job, action.Config, error) {
	config, err := m.config(ctx)
	if err != nil {
		return nil, config, err
	}
	var jobs []mapping.Job
	for _, file := range m.claims {
		text, err := httpapi.ReadFile(ctx, file, mapping.MaxFile, "file")
		var read []mapping.Job
		if err == nil {
			read, err = mapping.ParseJobs(text)
		}
		if err == nil && len(read) == 0 {
			err = fmt.Errorf("no claims are in %q", redact.Text(file, 200))
		}
		if err != nil {
			return nil, config, &action.ConfigError{Field: "--claims", Reason: err.Error(), Fix: "give a file with the claims of an ID token as JSON"}
		}
		jobs = append(jobs, read...)
	}
	for i, own := range jobs { // what the file leaves out is what the inputs say
		asked := jobOf(nil, config)
		jobs[i].Provider, jobs[i].Project, jobs[i].Mapping = cmp.Or(own.Provider, asked.Provider), cmp.Or(own.Project, asked.Project), cmp.Or(own.Mapping, asked.Mapping)
	}
	if len(m.claims) > 0 {
		return jobs, config, nil
	}
	own, err := m.ownJob(ctx, config)
	return []mapping.Job{own}, config, err
}

// ownJob is the exchange that this job would make.
func (m *mappingRequest) ownJob(ctx context.Context, config action.Config) (mapping.Job, error) {
	in := inputs.Inputs{Config: config}
	client, err := m.command.client(m.runner, &in)
	if err != nil {
		return mapping.Job{}, err
	}
	defer m.runner.host.HTTP.Close()
	token, err := client.IDToken(ctx, in.Config)
	if err != nil {
		return mapping.Job{}, err
	}
	claims, err := jfrog.ClaimSet(token)
	return jobOf(claims, config), err
}

// What stands for an input that isn't set, where JFrog isn't asked for anything.
const (
	noURL      = "https://JFROG"
	noProvider = "PROVIDER"
)

// config reads the inputs. Where JFrog isn't asked, url and provider may be missing.
func (m *mappingRequest) config(ctx context.Context) (action.Config, error) {
	values := maps.Clone(m.inputs)
	sources := inputs.CommandSources(values, m.command.LookupEnv)
	unnamed := sources.Text("oidc-provider-name") == ""
	if m.from.tokenVariable == "" && sources.Text("url") == "" {
		values["url"] = noURL
	}
	if unnamed {
		values["oidc-provider-name"] = noProvider // credentials of other kinds are of no use here
	}
	in, err := inputs.Load(ctx, sources)
	if unnamed {
		in.Config.Credentials.Provider = ""
	}
	return in.Config, err
}

// mappings reads the mappings that the command is about.
func (m *mappingRequest) mappings(ctx context.Context, config action.Config) (*mapping.Set, error) {
	if m.from == (mappingSource{}) {
		return nil, &action.ConfigError{Field: "--mappings", Reason: "there are no mappings", Fix: "give a file, or --admin-token-env to read them from JFrog"}
	}
	platform, err := m.command.platform(config)
	if err != nil {
		return nil, err
	}
	defer platform.http.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, config.Timeout, fmt.Errorf("it took longer than %s (input timeout)", config.Timeout))
	defer cancel()
	return m.command.readMappings(ctx, platform.api, m.from, config.Credentials.Provider)
}
