package native

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whatever comes instead of the binary is not run.
func TestDownload_RefusesWhatIsNotTheBinary(t *testing.T) {
	t.Parallel()
	changed := bytes.Clone(program(t))
	changed[len(changed)/2] ^= 1
	page := "\ufeff\n<!doctype html><title>Sign in</title>::add-mask::x"
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"changed byte":                {release(changed, ""), fmt.Sprintf("is another file: %d bytes, sha256 %s", len(changed), sum(changed))},
		"short file":                  {release(changed[:1000], ""), "is another file: 1000 bytes"},
		"empty file":                  {release(nil, ""), "is another file: 0 bytes"},
		"page":                        {answer(http.StatusOK, "text/html", page), "is a web page: "},
		"page, no type":               {answer(http.StatusOK, "application/octet-stream", page), "is a web page: "},
		"404":                         {http.NotFound, "answered 404"},
		"403":                         {answer(http.StatusForbidden, "text/plain", "no"), "answered 403"},
		"too large":                   {large, "has more than 30000000 bytes"},
		"redirect to http":            {redirect("http://other.example/x"), "not a URL for downloads"},
		"redirect to a user":          {redirect("https://user:password@127.0.0.1/x"), "not a URL for downloads"},
		"redirect to nowhere":         {redirect("https://[::"), "not a URL for downloads"},
		"redirects without end":       {redirect("/again?signature=secret"), "answered 302 (5 redirects)"},
		"redirect without a location": {answer(http.StatusFound, "text/plain", ""), "answered 302"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := serve(t, test.answer)
			main := newJob(t, m.url).refused(t, m.url, test.want)
			if strings.Contains(main.log, "secret") || strings.Contains(main.log, "password") || strings.Contains(main.log, "Sign in") {
				t.Errorf("the log has what only the server should know:\n%s", main.log)
			}
			if asked := len(m.asked()); asked != 1 && asked != 6 {
				t.Errorf("%d requests", asked)
			}
		})
	}
}

// large never says how much will come, and sends more than the script takes.
func large(w http.ResponseWriter, _ *http.Request) {
	for range 40 {
		_, _ = w.Write(make([]byte, 1_000_000))
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// What may pass is tried three times.
func TestDownload_TriesThreeTimes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"503": {answer(http.StatusServiceUnavailable, "text/plain", ""), "answered 503 (attempt 3, 0 bytes)"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2000")
			_, _ = w.Write(make([]byte, 1000))
		}, "connection ended early (attempt 3, 1000 bytes)"},
		"stalled": {func(w http.ResponseWriter, request *http.Request) {
			_, _ = w.Write(make([]byte, 1000))
			_ = http.NewResponseController(w).Flush()
			<-request.Context().Done()
		}, "no data for 60 s (attempt 3, 1000 bytes)"},
		"silent": {func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() }, "no data for 60 s (attempt 3, 0 bytes)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := serve(t, test.answer)
			j := newJob(t, m.url)
			j.hurry()
			j.refused(t, "downloading "+m.url+asset(), test.want)
			if asked := len(m.asked()); asked != 3 {
				t.Errorf("%d requests", asked)
			}
		})
	}
}

func TestDownload_GoesOnAfterAPassingFailure(t *testing.T) {
	t.Parallel()
	var m *mirror
	m = serve(t, func(w http.ResponseWriter, request *http.Request) {
		if len(m.asked()) < 3 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		release(program(t), "")(w, request)
	})
	j := newJob(t, m.url)
	j.hurry()
	wants(t, j.step("main").ok(t).log, "answered 502 (attempt 2, 0 bytes)")
	j.step("post").ok(t)
}

// Only a wait without any data ends a download, however long the whole takes.
func TestDownload_MayBeSlow(t *testing.T) {
	t.Parallel()
	m := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for piece := range slices.Chunk(program(t), len(program(t))/9) {
			_, _ = w.Write(piece)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(300 * time.Millisecond)
		}
	})
	j := newJob(t, m.url)
	j.hurry()
	j.step("main").ok(t)
	j.step("post").ok(t)
	if asked := len(m.asked()); asked != 1 {
		t.Errorf("%d requests", asked)
	}
}

func TestDownload_ClosedPort(t *testing.T) {
	t.Parallel()
	const mirror = "http://127.0.0.1:3" // a port that no test's server gets
	j := newJob(t, mirror)
	j.hurry()
	j.refused(t, mirror, "ECONNREFUSED", "HTTPS_PROXY", "download-url", "(attempt 3, ")
}

// A mirror is asked at its own path, without any credentials; it may lead elsewhere.
func TestDownload_FromAMirror(t *testing.T) {
	t.Parallel()
	store := serve(t, release(program(t), "/store"))
	m := serve(t, func(w http.ResponseWriter, request *http.Request) {
		redirect(store.url+"/store"+strings.TrimPrefix(request.URL.Path, "/base")+"?signature=x")(w, request)
	})
	j := newJob(t, m.url+"/base//")
	j.step("main").ok(t)
	j.step("post").ok(t)
	for _, request := range append(m.asked(), store.asked()...) {
		if len(request.Header) != 1 || request.Header.Get("Connection") != "close" { // and Host, which isn't among them
			t.Errorf("%s: %v", request.URL, request.Header)
		}
	}
	if len(m.asked()) != 1 || len(store.asked()) != 1 {
		t.Errorf("%d and %d requests", len(m.asked()), len(store.asked()))
	}
}

func TestDownload_RefusesAWrongAddress(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://mirror.example/x", "mirror", "ftp://127.0.0.1/", "https://user:password@127.0.0.1/x", "http://127.0.0.1.example"} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			if main := newJob(t, base).refused(t, "not a URL for downloads", "download-url"); strings.Contains(main.log, "password") {
				t.Errorf("the password is in the log:\n%s", main.log)
			}
		})
	}
}
