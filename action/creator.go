package action

import (
	"context"
	"fmt"
	"strings"
)

// creator picks the credentials: those of the first layer that has any. A layer with two kinds is refused, since a silent
// choice between them is how jobs come to run with the wrong rights (jfrog-azure-devops-extension #608).
func (r *reader) creator(ctx context.Context, config *Config) []string {
	// password stands for the pair: JF_USER alone beside JF_ACCESS_TOKEN is how setup-jfrog-cli's users write it.
	kinds := []string{"oidc-provider-name", "access-token", "password", "server-id"}
	chosen := ""
	var notes, ignored []string
	for _, layer := range r.from.layers {
		var here []string
		for _, kind := range kinds {
			if _, ok := layer.get(r.from.inputs[kind]); ok {
				here = append(here, kind)
			}
		}
		switch {
		case len(here) == 0:
		case chosen != "":
			for _, kind := range here {
				ignored = append(ignored, layer.spell(r.from.inputs[kind]))
			}
		case len(here) > 1:
			r.twoKinds(layer, here)
			return nil
		default:
			chosen = here[0]
			r.take(ctx, config, layer, chosen)
		}
	}
	if chosen == "" {
		if r.noCreator(ctx, config); config.Creator.Chosen == "" {
			return nil
		}
	}
	notes = append(notes, "credentials: "+config.Creator.Chosen)
	if len(ignored) > 0 {
		notes = append(notes, fmt.Sprintf("not used, since the credentials above come first: %s", strings.Join(ignored, ", ")))
	}
	return notes
}

// take copies the credentials of one kind from a layer.
func (r *reader) take(ctx context.Context, config *Config, layer Layer, kind string) {
	input := r.from.inputs[kind]
	value, _ := layer.get(input)
	spelled := layer.spell(input)
	switch kind {
	case "oidc-provider-name":
		config.Creator.Provider = r.plain(kind, value, 255)
		config.Creator.Chosen = fmt.Sprintf("OIDC provider %q (%s)", shown(config.Creator.Provider), spelled)
	case "access-token":
		config.Creator.Token = r.token(kind, value)
		config.Creator.Chosen = fmt.Sprintf("access token (%s)", spelled)
	case "password":
		user, ok := layer.get(r.from.inputs["user"])
		if !ok {
			r.wrong(kind, "there is no user beside it", "set user and password together, in the same place")
			return
		}
		config.Creator.User, config.Creator.Password = r.plain("user", user, 255), NewSecret(value)
		config.Creator.Chosen = fmt.Sprintf("user %q with password (%s)", shown(config.Creator.User), spelled)
	case "server-id":
		r.server(ctx, config, value, spelled)
	}
}

// token checks an access token without ever showing it.
func (r *reader) token(input, value string) Secret {
	for _, c := range value {
		if c <= ' ' || c > '~' {
			r.wrong(input, "it holds a character that no token has, such as a space or a line break", "paste the token whole and without quotes")
			return Secret{}
		}
	}
	return NewSecret(value)
}

func (r *reader) twoKinds(layer Layer, kinds []string) {
	first, second := layer.spell(r.from.inputs[kinds[0]]), layer.spell(r.from.inputs[kinds[1]])
	r.problems = append(r.problems, &InputError{
		Input: first, What: second + " is set too, and both name the creator's credentials",
		Do: "keep one of them: an OIDC provider, an access token, a user with password, or a server-id",
	})
}

// noCreator is for a user who named no credentials: jf's default server, if jf is configured, is what jf would take.
func (r *reader) noCreator(ctx context.Context, config *Config) {
	if user, spelled, ok := r.from.find("user"); ok {
		r.problems = append(r.problems, &InputError{
			Input: spelled, What: fmt.Sprintf("user %q has no password", shown(user)), Do: "set password in the same place",
		})
		return
	}
	if r.hasServers() {
		r.server(ctx, config, "", "no other credentials were given")
		return
	}
	r.problems = append(r.problems, &InputError{
		Input: "credentials", What: "there are none",
		Do: "set oidc-provider-name to exchange the job's ID token, or access-token, or user and password, or server-id",
	})
}

// combinations refuses inputs that are fine alone and don't go together.
func (r *reader) combinations(config Config, text raw) {
	if config.URL == nil && !r.named("url") {
		r.wrong("url", "it is not set", "give the platform's base URL as url or JF_URL, such as https://acme.jfrog.io")
	}
	if text.Scope != "" && len(config.Groups) > 0 {
		r.wrong("scope", "groups is set too", "write the groups into scope, or leave scope out")
	}
	if text.Scope != "" && config.GrantAdmin {
		r.wrong("scope", "grant-admin is set too", "write "+adminHint+" into scope, or leave scope out")
	}
	if config.Creator.Provider == "" {
		r.withoutProvider(config, text)
	} else if config.Mint == MintNever {
		r.withoutMint(config)
	}
	if config.API == Legacy {
		r.withLegacy(config)
	}
}

const adminHint = "applied-permissions/admin"

// named reports whether an error about this input was collected already.
func (r *reader) named(input string) bool {
	_, spelled, _ := r.from.find(input)
	for _, problem := range r.problems {
		if wrong, ok := problem.(*InputError); ok && wrong.Input == spelled { //nolint:errorlint // collected above, never wrapped
			return true
		}
	}
	return false
}

func (r *reader) withoutProvider(config Config, text raw) {
	if config.Mint == MintNever {
		r.wrong("mint", "never leaves nothing to do without oidc-provider-name", "set oidc-provider-name, or leave mint out")
	}
	for input, value := range map[string]string{
		"oidc-audience": text.OIDCAudience, "oidc-provider-type": text.OIDCProviderType, "identity-mapping-name": text.IdentityMapping,
		"id-token-env": text.IDTokenEnv, "id-token-file": text.IDTokenFile,
	} {
		// Beside other credentials these would be dropped in silence: the job would run as somebody else than its author thinks.
		if value != "" && config.Creator.Chosen != "" {
			r.wrong(input, "it has no effect with "+config.Creator.Chosen, "set oidc-provider-name beside it, or remove it")
		}
	}
}

// withoutMint refuses what an exchange can't be asked for.
func (r *reader) withoutMint(config Config) {
	for input, asked := range map[string]bool{
		"refreshable": config.Refreshable, "description": config.Description != "", "audience": config.Audience != "",
		"username": config.Username != "",
	} {
		if asked {
			r.wrong(input, "an exchanged token can't be asked for it, and mint is never", "set mint to auto, or let the identity mapping give it")
		}
	}
}

// withLegacy refuses what the older API can't express.
func (r *reader) withLegacy(config Config) {
	for input, asked := range map[string]bool{
		"reference": config.Reference, "project": config.Project != "", "description": config.Description != "",
		"force-revocable": config.ForceRevocableAsked, "grant-admin": config.GrantAdmin,
		"oidc-provider-name": config.Creator.Provider != "", "scope": strings.Contains(config.Scope, "applied-permissions/"),
	} {
		if asked {
			r.wrong(input, "the older API doesn't have it, and api is legacy", "set api to auto or access, or remove it")
		}
	}
}
