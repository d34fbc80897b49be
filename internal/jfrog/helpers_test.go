package jfrog_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/jfrog"
	"github.com/frogmint/frogmint/internal/redact"
)

// transport answers without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// fixed gives one answer to everything; headers are pairs of name and value.
func fixed(status int, body string, headers ...string) transport {
	return func(r *http.Request) (*http.Response, error) {
		header := http.Header{}
		for i := 0; i+1 < len(headers); i += 2 {
			header.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// through returns a client whose requests go through a transport.
func through(way transport) *jfrog.Client {
	platform := jfrog.Platform{URL: &url.URL{Scheme: "https", Host: "jfrog.test"}}
	return jfrog.New(platform, httpapi.WithTransport(way), "frogmint/test")
}

// clientFor returns a client for a server.
func clientFor(t testing.TB, address string, options httpapi.Options) *jfrog.Client {
	t.Helper()
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	client, err := httpapi.NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return jfrog.New(jfrog.Platform{URL: base}, client, "frogmint/test")
}

// serve starts a server that ends with the test.
func serve(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

var admin = jfrog.Credentials{Token: redact.NewSecret("the-admins-token")}

// calls are all calls of a client, by their names.
func calls(auth jfrog.Credentials, token redact.Secret) map[string]func(context.Context, *jfrog.Client) error {
	return map[string]func(context.Context, *jfrog.Client) error{
		"mint": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Mint(ctx, auth, jfrog.MintRequest{})
			return err
		},
		"legacy mint": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.MintLegacy(ctx, auth, jfrog.MintRequest{Username: "bob"})
			return err
		},
		"exchange": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Exchange(ctx, jfrog.ExchangeRequest{IDToken: redact.Clear{Secret: token}, Provider: "github"})
			return err
		},
		"refresh": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Refresh(ctx, auth.Token, token)
			return err
		},
		"revoke": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.RevokeSelf(ctx, token)
			return err
		},
		"revoke by id":  func(ctx context.Context, c *jfrog.Client) error { return c.RevokeID(ctx, auth, "an-id") },
		"legacy revoke": func(ctx context.Context, c *jfrog.Client) error { return c.RevokeLegacy(ctx, auth, token) },
		"probe Access": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Probe(ctx, jfrog.AccessEndpoint, token)
			return err
		},
		"probe Artifactory": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Probe(ctx, jfrog.ArtifactoryEndpoint, token)
			return err
		},
		"list":    func(ctx context.Context, c *jfrog.Client) error { _, err := c.List(ctx, auth, "x"); return err },
		"version": func(ctx context.Context, c *jfrog.Client) error { _, err := c.Version(ctx, auth); return err },
		"integration": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Integration(ctx, auth, "github")
			return err
		},
		"groups": func(ctx context.Context, c *jfrog.Client) error {
			_, err := c.Groups(ctx, auth)
			return err
		},
		"ping": func(ctx context.Context, c *jfrog.Client) error { return c.Ping(ctx) },
	}
}

// failureOf makes one call that must fail with an *httpapi.Error.
func failureOf(t testing.TB, client *jfrog.Client, name string) *httpapi.Error {
	t.Helper()
	err := calls(admin, redact.NewSecret("the-jobs-token"))[name](t.Context(), client)
	var failure *httpapi.Error
	if !errors.As(err, &failure) {
		t.Fatalf("%s: not an *httpapi.Error: %v", name, err)
	}
	return failure
}
