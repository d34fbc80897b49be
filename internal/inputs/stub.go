package inputs

import (
	"context"

	"github.com/frogmint/frogmint/action"
)

type Lookup = func(name string) (string, bool)
type Input struct {
	Name, JFrog, Default, Help string
	Secret, Flag, Required     bool
}

func (Input) Variable() string       { return "" }
func (Input) ActionVariable() string { return "" }
func List() []Input                  { return nil }

type Sources struct{}

func CommandSources(flags map[string]string, lookup Lookup) Sources { return Sources{} }
func ActionSources(lookup Lookup) Sources                           { return Sources{} }
func (Sources) Text(name string) string                             { return "" }

type Inputs struct {
	Config                          action.Config
	ExportEnv, JobSummary, Diagnose bool
	Login                           string
	Notes                           []string
}

func Load(ctx context.Context, from Sources) (Inputs, error) { return Inputs{}, nil }
func LoadState(ctx context.Context, from Sources, token action.Secret) (action.State, error) {
	return action.State{}, nil
}
func RevokeInputs() []string { return nil }
