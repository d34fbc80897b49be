package action

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// server takes url and credentials from jf's own configuration. An empty id means its default server.
func (r *reader) server(ctx context.Context, config *Config, id, spelled string) {
	home := jfHome(r.lookup)
	key, _ := r.lookup("JFROG_CLI_ENCRYPTION_KEY")
	server, err := jfrog.ReadServer(ctx, home, id, key)
	if err != nil {
		r.wrong("server-id", err.Error(), "run jf config show to see the servers; JFROG_CLI_HOME_DIR names jf's directory, JFROG_CLI_ENCRYPTION_KEY its key")
		return
	}
	config.Creator.Chosen = fmt.Sprintf("server %q of %s (%s)", shown(server.ID), jfrog.ConfigPath(home), spelled)
	switch {
	case !server.Token.IsZero():
		config.Creator.Token = server.Token
	case server.User != "" && !server.Password.IsZero():
		config.Creator.User, config.Creator.Password = server.User, server.Password
	default:
		r.wrong("server-id", fmt.Sprintf("server %q has neither an access token nor a user with password", shown(server.ID)), "add credentials with jf config edit")
	}
	r.serverURL(config, server)
}

// serverURL takes the server's URL. Another one beside it is refused: credentials that jf keeps for one host would go to a
// host that some variable names.
func (r *reader) serverURL(config *Config, server jfrog.Server) {
	if r.named("url") {
		return
	}
	own := r.url(server.URL, config.AllowHTTP)
	if config.URL != nil && own != nil && own.String() != config.URL.String() {
		r.wrong("url", fmt.Sprintf("it is not the address of server %q, %s", shown(server.ID), own), "remove one of url and server-id")
		return
	}
	config.URL = own
}

// hasServers reports whether jf is configured here, for a user who named no credentials at all.
func (r *reader) hasServers() bool {
	_, err := os.Stat(jfrog.ConfigPath(jfHome(r.lookup)))
	return err == nil
}

// jfHome is where jf keeps its files.
func jfHome(lookup func(string) (string, bool)) string {
	if home, _ := lookup("JFROG_CLI_HOME_DIR"); home != "" {
		return home
	}
	for _, name := range []string{"HOME", "USERPROFILE"} {
		if home, _ := lookup(name); home != "" {
			return filepath.Join(home, ".jfrog")
		}
	}
	return ".jfrog"
}
