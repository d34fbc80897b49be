package proof

import "testing"

func outputCells(*testing.T) []*cell { return nil }
