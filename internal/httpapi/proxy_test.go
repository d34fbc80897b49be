package httpapi_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/internal/httpapi"
)

const proxyPassword = "hunter2/hunter2#"

// proxy is one that answers everything alike, and its address with a user and password.
func proxy(t *testing.T, handler http.HandlerFunc) (server *httptest.Server, through func(*http.Request) (*url.URL, error)) {
	t.Helper()
	server = serve(t, handler)
	address := mustURL(t, server.URL)
	address.User = url.UserPassword("bob", proxyPassword)
	return server, http.ProxyURL(address)
}

// TestProxy_RefusesToConnect: the proxy is named, what it says isn't told as the platform's word, and nothing was sent.
func TestProxy_RefusesToConnect(t *testing.T) {
	t.Parallel()
	for status, temporary := range map[int]bool{407: false, 403: false, 404: false, 429: true, 500: true, 502: true, 503: true, 504: true, 204: true, 302: true, 599: true} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			server, through := proxy(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodConnect || r.Header.Get("Authorization") != "" {
					t.Errorf("the proxy got %s, authorization %q", r.Method, r.Header.Get("Authorization"))
				}
				w.WriteHeader(status)
				say(w, r.Header.Get("Proxy-Authorization"))
			})
			call := post(t, "https://jfrog.test/x")
			call.Authorize = func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") }
			failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{Proxy: through}), call)
			var refusal *httpapi.ProxyError
			if !errors.As(failure, &refusal) || refusal.Status != status || refusal.Proxy != server.Listener.Addr().String() || failure.Host != "jfrog.test" {
				t.Errorf("%v doesn't name the proxy: %+v", failure, refusal)
			}
			want := strings.TrimSpace(fmt.Sprintf("proxy %q refused to connect: %d %s", refusal.Proxy, status, http.StatusText(status)))
			if failure.Message != want || failure.Status != 0 || failure.Own {
				t.Errorf("got  %s\nwant %s", failure.Message, want)
			}
			if failure.Temporary() != temporary || failure.Unreachable() == temporary || failure.Indeterminate() || failure.TimedOut() {
				t.Errorf("%v: temporary %t, unreachable %t, indeterminate %t", failure, failure.Temporary(), failure.Unreachable(), failure.Indeterminate())
			}
		})
	}
}

// TestProxy_PasswordIsTriedOnce: a wrong password that is sent again and again locks the account.
func TestProxy_PasswordIsTriedOnce(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"https://jfrog.test/x", "http://jfrog.test/x"} {
		var mu sync.Mutex
		asked := 0
		_, through := proxy(t, func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			w.WriteHeader(http.StatusProxyAuthRequired)
		})
		client := newClient(t, httpapi.Options{Proxy: through})
		_, err := httpapi.Do(t.Context(), httpapi.Retry{Attempts: 6}, func(ctx context.Context) (httpapi.Answer, error) { return client.Send(ctx, post(t, target)) })
		mu.Lock()
		if asked != 1 || err == nil {
			t.Errorf("%s: asked %d times, %v", target, asked, err)
		}
		mu.Unlock()
	}
}

// TestProxy_RefusesAPlainRequest: without a tunnel the refusal comes as an answer. It is the proxy's, and nothing was
// carried out; what it repeats of its password isn't shown.
func TestProxy_RefusesAPlainRequest(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"no body": "", "text": "wrong: ECHO", "page": "<title>wrong: ECHO</title>"} {
		server, through := proxy(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusProxyAuthRequired)
			say(w, strings.ReplaceAll(body, "ECHO", r.Header.Get("Proxy-Authorization")))
		})
		failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{Proxy: through}), post(t, "http://jfrog.test/x"))
		var refusal *httpapi.ProxyError
		if !errors.As(failure, &refusal) || refusal.Proxy != server.Listener.Addr().String() || !strings.Contains(failure.Error(), "407 Proxy Authentication Required, from the proxy \""+refusal.Proxy) {
			t.Errorf("%s: %v doesn't name the proxy", name, failure)
		}
		if failure.Status != 407 || failure.Temporary() || failure.Indeterminate() || failure.Own || !failure.Unreachable() {
			t.Errorf("%s: %v: temporary %t, indeterminate %t", name, failure, failure.Temporary(), failure.Indeterminate())
		}
	}
}

// TestProxy_407FromAnywhereElse: where no proxy was asked, a gateway behind the platform's name may say so after the work.
func TestProxy_407FromAnywhereElse(t *testing.T) {
	t.Parallel()
	var refusal *httpapi.ProxyError
	if failure := failWith(t, fixed(407, "x")); !failure.Indeterminate() || failure.Temporary() || failure.Unreachable() || errors.As(failure, &refusal) {
		t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
	}
}

// TestProxy_PasswordIsntShown has a proxy that repeats its password in whatever it answers to a plain request.
func TestProxy_PasswordIsntShown(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(w http.ResponseWriter, credential string){
		"text": func(w http.ResponseWriter, credential string) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, credential)
		},
		"title": func(w http.ResponseWriter, credential string) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, "<title>"+credential)
		},
		"location": func(w http.ResponseWriter, credential string) {
			w.Header().Set("Location", "/?"+credential)
			w.WriteHeader(302)
		},
		"content type": func(w http.ResponseWriter, credential string) { w.Header().Set("Content-Type", credential) },
	} {
		for _, form := range []string{proxyPassword, base64.StdEncoding.EncodeToString([]byte("bob:" + proxyPassword)), url.QueryEscape(proxyPassword)} {
			_, through := proxy(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, form+"</title>") })
			got, err := newClient(t, httpapi.Options{Proxy: through}).Send(t.Context(), post(t, "http://jfrog.test/x"))
			if err == nil {
				err = got.JSON(new(struct{}))
			}
			if err == nil || strings.Contains(err.Error(), form) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestProxy_Connects: through the tunnel the platform answers as ever, also 407.
func TestProxy_Connects(t *testing.T) {
	t.Parallel()
	platform := quietTLS(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/407" {
			w.WriteHeader(http.StatusProxyAuthRequired)
		}
		say(w, r.Proto)
	})
	_, through := proxy(t, func(w http.ResponseWriter, r *http.Request) {
		if want := "Basic " + base64.StdEncoding.EncodeToString([]byte("bob:"+proxyPassword)); r.Header.Get("Proxy-Authorization") != want {
			t.Errorf("the proxy got %q", r.Header.Get("Proxy-Authorization"))
		}
		tunnel(w, platform.Listener.Addr().String())
	})
	distrusting := newClient(t, httpapi.Options{Proxy: through})
	if failure := failureOf(t.Context(), t, distrusting, get(t, platform.URL)); !httpapi.IsUntrusted(failure) {
		t.Error(failure)
	}
	client := newClient(t, httpapi.Options{Proxy: through, RootsPEM: certPEM(platform)})
	if answer, err := client.Send(t.Context(), get(t, platform.URL)); err != nil || string(answer.Body) != "HTTP/1.1" {
		t.Errorf("%q, %v", answer.Body, err)
	}
	if failure := failureOf(t.Context(), t, client, post(t, platform.URL+"/407")); failure.Status != 407 || !failure.Indeterminate() {
		t.Errorf("%v: indeterminate %t", failure, failure.Indeterminate())
	}
}

// tunnel joins a CONNECT request with an address.
func tunnel(w http.ResponseWriter, address string) {
	to, err := net.Dial("tcp", address) //nolint:noctx // ends with the connection
	if err != nil {
		return
	}
	w.WriteHeader(http.StatusOK)
	from, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	go func() { _, _ = io.Copy(to, buffered); _ = to.Close() }()
	go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
}

func TestProxy_ThatIsAway(t *testing.T) {
	t.Parallel()
	server, through := proxy(t, nil)
	server.Close()
	for _, target := range []string{"https://jfrog.test/x", "http://jfrog.test/x"} {
		failure := failureOf(t.Context(), t, newClient(t, httpapi.Options{Proxy: through}), post(t, target))
		if failure.Indeterminate() || !failure.Temporary() || strings.Contains(failure.Error(), "hunter2") || !strings.Contains(failure.Error(), server.Listener.Addr().String()) {
			t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
		}
	}
}

func TestProxy_ThatCantBeRead(t *testing.T) {
	t.Parallel()
	client := newClient(t, httpapi.Options{Proxy: func(*http.Request) (*url.URL, error) { return nil, errors.New("HTTPS_PROXY is no address") }})
	failure := failureOf(t.Context(), t, client, post(t, "https://jfrog.test/x"))
	if failure.Indeterminate() || failure.Temporary() || !strings.Contains(failure.Error(), "no answer: HTTPS_PROXY is no address (POST") {
		t.Errorf("%v: indeterminate %t, temporary %t", failure, failure.Indeterminate(), failure.Temporary())
	}
}
