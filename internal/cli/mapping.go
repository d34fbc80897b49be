package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strings"

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

Identity mappings say in JFrog what a job's ID token is exchanged for. docs/mappings.md tells how JFrog matches them,
and docs/mapping-rules.md what each rule of lint finds.

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

// jobs reads the claims that were named, or gets this job's own ID token.
func (m *mappingRequest) jobs(ctx context.Context, config action.Config) ([]mapping.Job, error) {
	if len(m.claims) == 0 {
		own, err := m.ownJob(ctx, config)
		return []mapping.Job{own}, err
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
			return nil, &action.ConfigError{Field: "--claims", Reason: err.Error(), Fix: "give a file with the claims of an ID token as JSON"}
		}
		jobs = append(jobs, read...)
	}
	for i, own := range jobs { // what the file leaves out is what the inputs say
		asked := jobOf(nil, config)
		jobs[i].Provider, jobs[i].Project, jobs[i].Mapping = cmp.Or(own.Provider, asked.Provider), cmp.Or(own.Project, asked.Project), cmp.Or(own.Mapping, asked.Mapping)
	}
	return jobs, nil
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
	noURL      = "https://jfrog.example"
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
