package cli

import "context"

func execHelp() string                                         { return "" }
func (c *Command) exec(ctx context.Context, args []string) int { return 0 }
