package httpapi_test

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
)

// transport answers without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// fixed gives one answer to everything; headers are pairs of name and value.
func fixed(status int, body string, headers ...string) transport {
	return func(r *http.Request) (*http.Response, error) {
		header := http.Header{}
		for i := 0; i+1 < len(headers); i += 2 {
			header[http.CanonicalHeaderKey(headers[i])] = []string{headers[i+1]}
		}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// broken gives no answer to anything.
func broken(err error) transport {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func newClient(t testing.TB, options httpapi.Options) *httpapi.Client {
	t.Helper()
	client, err := httpapi.NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// serve starts a server that ends with the test.
func serve(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// say answers with a part of the request.
func say(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text) //nolint:gosec // read by no browser
}

func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// get is a call that reads.
func get(t testing.TB, target string) httpapi.Call {
	t.Helper()
	return httpapi.Call{Op: "reading", Method: http.MethodGet, URL: mustURL(t, target)}
}

// post is a call that makes something.
func post(t testing.TB, target string) httpapi.Call {
	t.Helper()
	return httpapi.Call{Op: "minting", Method: http.MethodPost, URL: mustURL(t, target), JSON: map[string]string{"a": "b"}}
}

// failureOf sends a call that must fail with an *httpapi.Error.
func failureOf(ctx context.Context, t testing.TB, client *httpapi.Client, call httpapi.Call) *httpapi.Error {
	t.Helper()
	answer, err := client.Send(ctx, call)
	var failure *httpapi.Error
	if !errors.As(err, &failure) {
		t.Fatalf("not an *httpapi.Error: %v (body %q)", err, answer.Body)
	}
	return failure
}

// failWith is the failure that a transport leads to.
func failWith(t testing.TB, through transport) *httpapi.Error {
	t.Helper()
	return failureOf(t.Context(), t, httpapi.WithTransport(through), post(t, "https://jfrog.test/x"))
}
