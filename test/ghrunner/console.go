package ghrunner

import (
	"fmt"
	"slices"
	"strings"
)

// Console turns a step's raw output into the job's log: it carries out commands line by line and hides what is masked by
// then. Masks outlive the step, so one Console serves a whole job. The zero value is ready to use.
type Console struct {
	// Masks are the values hidden so far, in the order in which they came.
	Masks []string
	// Shown are the lines of the log as a reader sees them.
	Shown []string
	// Issues are the ::error::, ::warning:: and ::notice:: commands.
	Issues []Command
	// Problems are what fails a step although its program ended well.
	Problems []string

	resume string // while not empty, commands are plain text until it comes as a command
}

// BeginStep makes commands work again, since each step has its own state of stop-commands.
func (c *Console) BeginStep() { c.resume = "" }

// Feed takes one stream of a step's output. A line ends at LF, CR or CR LF, as .NET's readers have it. The runner drains
// a batch of standard error before standard output, so a caller feeds all of standard error first: the worst case.
func (c *Console) Feed(stream string) {
	stream = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stream)
	for line := range strings.Lines(stream) {
		c.line(strings.TrimSuffix(line, "\n"))
	}
}

func (c *Console) line(line string) {
	if c.resume != "" {
		cmd, ok := ParseCommand(line, c.resume)
		c.show(line)
		if ok && strings.EqualFold(cmd.Name, c.resume) {
			c.resume = ""
		}
		return
	}
	cmd, ok := ParseCommand(line)
	if !ok {
		c.show(line)
		return
	}
	c.carryOut(cmd, line)
}

func (c *Console) carryOut(cmd Command, line string) {
	switch cmd.Name {
	case "add-mask":
		c.mask(cmd.Data)
	case "stop-commands":
		c.stop(cmd.Data)
		c.show(line)
	case "error", "warning", "notice":
		c.Issues = append(c.Issues, Command{cmd.Name, cmd.Properties, c.Hide(cmd.Data)})
		c.show("##[" + cmd.Name + "]" + cmd.Data)
	case "set-env", "add-path":
		c.Problems = append(c.Problems, fmt.Sprintf("the %s command is disabled", cmd.Name))
	case "set-output", "save-state":
		c.Problems = append(c.Problems, fmt.Sprintf("the %s command is deprecated: this harness refuses it", cmd.Name))
	case "group", "endgroup", "debug":
		c.show("##[" + cmd.Name + "]" + cmd.Data)
	}
}

// stop makes commands plain text until resume comes. A long token is hidden, so that nobody copies it from the log.
func (c *Console) stop(resume string) {
	if resume == "" || slices.Contains(registered, strings.ToLower(resume)) {
		c.Problems = append(c.Problems, fmt.Sprintf("stop-commands with the token %q", resume))
		return
	}
	c.resume = resume
	if len(resume) > 6 {
		c.Masks = append(c.Masks, resume)
	}
}

// mask hides a value and each of its lines. There is no least length: masking "a" hides every a of the log.
func (c *Console) mask(value string) {
	if strings.TrimSpace(value) == "" {
		c.Problems = append(c.Problems, "a mask for an empty string")
		return
	}
	c.Masks = append(c.Masks, value)
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" && part != value {
			c.Masks = append(c.Masks, part)
		}
	}
}

func (c *Console) show(line string) { c.Shown = append(c.Shown, c.Hide(line)) }

// Hide puts stars over every masked value in s, also where two of them overlap.
func (c *Console) Hide(s string) string {
	hidden := make([]bool, len(s))
	for _, m := range c.Masks {
		for at := 0; ; at++ {
			i := strings.Index(s[at:], m)
			if i < 0 {
				break
			}
			at += i
			for j := range m {
				hidden[at+j] = true
			}
		}
	}
	return stars(s, hidden)
}

// stars writes three stars for each run of hidden bytes.
func stars(s string, hidden []bool) string {
	var b strings.Builder
	for i := range len(s) {
		switch {
		case !hidden[i]:
			b.WriteByte(s[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString("***")
		}
	}
	return b.String()
}
