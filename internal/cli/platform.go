package cli

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/frogmint/frogmint/action"
	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/mapping"
)

// platform is a way to JFrog for what the library doesn't offer. Whoever asks for it closes http.
type platform struct {
	api  *jfrog.Client
	http *httpapi.Client
}

func (c *Command) platform(config action.Config) (platform, error) {
	base, err := jfrog.ParseURL(config.URL, config.AllowHTTP)
	if err != nil {
		return platform{}, err
	}
	var artifactory *url.URL
	if config.ArtifactoryURL != "" {
		if artifactory, err = jfrog.ParseURL(config.ArtifactoryURL, config.AllowHTTP); err != nil {
			return platform{}, err
		}
	}
	client, err := httpapi.NewClient(httpapi.Options{
		Proxy: c.proxy, SystemRoots: httpapi.SystemRoots(c.getenv), RootsPEM: config.RootsPEM, ClientCertPEM: config.ClientCertPEM, ClientKeyPEM: config.ClientKeyPEM, DialContext: c.DialContext,
	})
	if err != nil {
		return platform{}, err
	}
	return platform{jfrog.New(jfrog.Platform{URL: base, Artifactory: artifactory}, client, "frogmint/"+Version()), client}, nil
}

// mappingSource says where identity mappings are read: from JFrog with an administrator's token, or from a file. The zero
// value is nowhere.
type mappingSource struct{ tokenVariable, file string }

// token is the administrator's; zero where there is none.
func (s mappingSource) token(getenv func(string) string) action.Secret {
	return newSecret(strings.TrimSpace(getenv(s.tokenVariable)))
}

// readMappings reads the mappings of a provider; nil where no source is named. A file beats JFrog.
func (c *Command) readMappings(ctx context.Context, api *jfrog.Client, from mappingSource, provider string) (*mapping.Set, error) {
	wrong := func(field, reason, fix string) (*mapping.Set, error) {
		return nil, &action.ConfigError{Field: field, Reason: reason, Fix: fix}
	}
	var text []byte
	var err error
	switch {
	case from.file != "":
		text, err = httpapi.ReadFile(ctx, from.file, mapping.MaxFile, "file")
	case from.tokenVariable == "":
		return nil, nil
	case provider == "":
		return wrong("oidc-provider-name", "it is not set", "name the OIDC integration whose mappings are meant")
	default:
		token := from.token(c.getenv)
		if token.IsZero() {
			return wrong("--admin-token-env", "variable "+variableName(from.tokenVariable)+" holds no token", "put an administrator's token into it")
		}
		if text, err = api.Integration(ctx, jfrog.Credentials{Token: token}, provider); err != nil {
			return nil, aboutAdmin(err)
		}
	}
	var set mapping.Set
	if err == nil {
		set, err = mapping.Parse(text)
	}
	switch {
	case err != nil && from.file != "":
		return wrong("--mappings", err.Error(), "give a file with JFrog's JSON, or with what terraform show -json prints")
	case err != nil:
		return nil, err
	}
	return &set, nil
}

// aboutAdmin makes the fix of a refusal one about the administrator's token: what is known is about the creator's.
func aboutAdmin(err error) error {
	if refusal, ok := errors.AsType[*action.APIError](err); ok && (refusal.Status == http.StatusUnauthorized || refusal.Status == http.StatusForbidden) && refusal.Cause != "" {
		refusal.Fix = "put the token of an administrator of this platform into the variable that --admin-token-env names"
	}
	return err
}
