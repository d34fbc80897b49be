package ci_test

import (
	"testing"

	"github.com/frogmint/frogmint/internal/ci"
	"github.com/frogmint/frogmint/internal/ci/citest"
)

func TestTeamCity_ServerReadsMessages(t *testing.T) {
	t.Parallel()
	for level, want := range map[ci.Level]string{ci.Warning: "WARNING", ci.Failure: "ERROR"} {
		w := newWorld(t, nil)
		ci.TeamCity().Print(w.host, level, hostile+"\nhint: again")
		name, attributes, err := citest.ParseTeamCity(w.out.String()[:w.out.Len()-1])
		must(t, err)
		if name != "message" || attributes["status"] != want || attributes["text"] != hostile+"\nhint: again" {
			t.Errorf("read %s %q", name, attributes)
		}
	}
}
