package httpapi_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// meaning is what a status says of a call.
type meaning struct{ temporary, busy, indeterminate, refused bool }

// meanings is the whole table, from status to status, once for JFrog's own words and once for anybody else's. 2xx are
// answers that can't be used.
func meanings() []struct {
	from, to int
	own      bool
	meaning
} {
	var (
		unclear   = meaning{indeterminate: true}
		outage    = meaning{temporary: true, indeterminate: true}
		busy      = meaning{temporary: true, busy: true}
		refused   = meaning{refused: true}
		undecided = meaning{}
	)
	return []struct {
		from, to int
		own      bool
		meaning
	}{
		{100, 399, false, unclear},
		{400, 428, false, unclear}, {429, 429, false, busy}, {430, 501, false, unclear},
		{502, 502, false, outage}, {503, 503, false, busy}, {504, 504, false, outage}, {505, 599, false, unclear},

		{100, 399, true, unclear}, // no refusal is one of the service's own
		{400, 407, true, refused}, {408, 408, true, unclear}, {409, 428, true, refused}, {429, 429, true, busy}, {430, 499, true, refused},
		{500, 500, true, unclear}, {501, 501, true, undecided}, {502, 502, true, outage}, {503, 503, true, busy}, {504, 504, true, outage}, {505, 599, true, unclear},
	}
}

func TestError_MeaningOfEveryStatus(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{false, true} {
		status := 100
		for _, row := range meanings() {
			if row.own != own {
				continue
			}
			if row.from != status {
				t.Fatalf("the table lacks %d, own %t", status, own)
			}
			for ; status <= row.to; status++ {
				failure := endWith(t, status, own)
				got := meaning{failure.Temporary(), failure.Busy(), failure.Indeterminate(), failure.Refused()}
				if got != row.meaning || failure.Status != status {
					t.Errorf("%d, own %t: %+v, want %+v", status, own, got, row.meaning)
				}
				if failure.TimedOut() != (status == 504) || failure.Unusable() != (status/100 == 2) {
					t.Errorf("%d: timed out %t, unusable %t", status, failure.TimedOut(), failure.Unusable())
				}
			}
		}
		if status != 600 {
			t.Fatalf("the table ends at %d, own %t", status, own)
		}
	}
}

// endWith is the failure for a status; a success is one that can't be used.
func endWith(t *testing.T, status int, own bool) *httpapi.Error {
	t.Helper()
	call := post(t, "https://jfrog.test/x")
	call.Explain = func(refusal *httpapi.Error, _ []byte) bool { refusal.Message = "words"; return own }
	answer, err := httpapi.WithTransport(fixed(status, "{}", "Location", "/")).Send(t.Context(), call)
	if err == nil {
		err = answer.Unusable("it can't be used")
	}
	var failure *httpapi.Error
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	return failure
}

func TestError_Text(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		through transport
		want    string
	}{
		"plain text":     {fixed(400, "just words"), "minting: 400 just words (POST https://jfrog.test/x)"},
		"nothing":        {fixed(403, ""), "minting: 403 Forbidden (POST https://jfrog.test/x)"},
		"unknown status": {fixed(522, ""), "minting: 522 a status that HTTP doesn't know (POST https://jfrog.test/x)"},
		"page":           {fixed(502, "<html><title>Bad Gateway</title>nginx"), `minting: 502 Bad Gateway (a page titled "Bad Gateway") (POST https://jfrog.test/x)`},
		"workflow command": {fixed(400, "a\n::set-env name=X::y ##[add-mask]z"),
			"minting: 400 a : :set-env name=X: :y # #[add-mask]z (POST https://jfrog.test/x)"},
		"redirect": {fixed(307, "moved", "Location", "https://elsewhere/login"),
			`minting: 307 a redirect to "https://elsewhere/login", which is not followed: credentials go to the configured host only (POST https://jfrog.test/x)`},
		"redirect to nowhere": {fixed(302, "words"), "minting: 302 Found (POST https://jfrog.test/x)"},
		"no answer":           {broken(errors.New("connection lost")), "minting: no answer: connection lost (POST https://jfrog.test/x)"},
	} {
		if got := failWith(t, test.through).Error(); got != test.want {
			t.Errorf("%s: got  %s\nwant %s", name, got, test.want)
		}
	}
}

func TestError_TextWithTheServicesWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ failure, want string }{
		{"more", "minting: 400 Bad (more) (POST https://jfrog.test/x)"},
		{"Bad", "minting: 400 Bad (POST https://jfrog.test/x)"},
	} {
		call := post(t, "https://jfrog.test/x")
		call.Explain = func(refusal *httpapi.Error, body []byte) bool {
			refusal.Code, refusal.Message, refusal.Detail = "BAD_REQUEST", "Bad", test.failure
			return string(body) == "body"
		}
		call.Advise = func(failure *httpapi.Error) { failure.Cause, failure.Fix = "the cause", "the fix" }
		failure := failureOf(t.Context(), t, httpapi.WithTransport(fixed(400, "body")), call)
		if failure.Error() != test.want || !failure.Own || failure.Hint() != "the cause; the fix" {
			t.Errorf("got %s (own %t), hint %s", failure, failure.Own, failure.Hint())
		}
		if !failure.Contains("bad") || failure.Contains("good") || failure.Contains("MORE") != (test.failure == "more") {
			t.Error("Contains is wrong")
		}
	}
	if got := (&httpapi.Error{Cause: "the cause"}).Hint() + (&httpapi.Error{Fix: "the fix"}).Hint() + (&httpapi.Error{}).Hint(); got != "the causethe fix" {
		t.Errorf("hints: %s", got)
	}
}

// TestError_AdviceForEveryKind: whoever explains failures is asked about each, after all else is known of it.
func TestError_AdviceForEveryKind(t *testing.T) {
	t.Parallel()
	for name, through := range map[string]transport{
		"no answer": broken(io.EOF), "refused": fixed(400, "x"), "redirect": fixed(302, "", "Location", "/"), "page": fixed(403, "<title>Sign in</title>"),
		"not JSON": fixed(200, "x"), "not usable": fixed(200, "{}"),
	} {
		var seen []httpapi.Error
		call := get(t, "https://jfrog.test/x")
		call.Advise = func(failure *httpapi.Error) { seen = append(seen, *failure); failure.Fix = "do this" }
		answer, err := httpapi.WithTransport(through).Send(t.Context(), call)
		if err == nil {
			err = answer.JSON(new(struct{}))
		}
		if err == nil {
			err = answer.Unusable("nothing in it")
		}
		var failure *httpapi.Error
		if !errors.As(err, &failure) || failure.Fix != "do this" || len(seen) != 1 || seen[0].Error() != failure.Error() {
			t.Errorf("%s: %v, asked about %v", name, err, seen)
		}
	}
}

func TestError_ShowsNoQueryAndNoUser(t *testing.T) {
	t.Parallel()
	failure := failureOf(t.Context(), t, httpapi.WithTransport(fixed(400, "")), get(t, "https://user:hunter2@jfrog.test:8443/x?token=hunter2#hunter2"))
	if strings.Contains(failure.Error(), "hunter2") || failure.Host != "jfrog.test:8443" || failure.Method != http.MethodGet {
		t.Errorf("%s of host %s", failure, failure.Host)
	}
}

func TestError_BoundsWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x ", 50_000)
	for name, through := range map[string]transport{
		"text": fixed(400, long), "title": fixed(400, "<title>"+long+"</title>"), "location": fixed(302, "", "Location", long),
		"no answer": broken(errors.New(long)), "content type": fixed(200, "", "Content-Type", long),
	} {
		answer, err := httpapi.WithTransport(through).Send(t.Context(), get(t, "https://jfrog.test/x"))
		if err == nil {
			err = answer.JSON(new(struct{}))
		}
		if err == nil || len(err.Error()) > httpapi.MaxMessage+200 || !strings.Contains(err.Error(), "…") {
			t.Errorf("%s: %d bytes", name, len(fmt.Sprint(err)))
		}
	}
}

func TestError_PageTitles(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"<!DOCTYPE html><HTML><HEAD><TITLE lang=en>\n  Sign in\r\n to  Acme </TITLE>": "Sign in to Acme",
		"  \n<html><title>403</title><title>second</title>":                           "403",
		"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>":               "",
		"<title</title>": "", "<title</title": "", "<title>never closed": "", "</title><title": "", "<title></title>": "", "<html>no title": "", "title: not a page <title>x</title>": "",
		"<title>::set-output name=x::y ##[error]z</title>":                 ": :set-output name=x: :y # #[error]z",
		"<title>a\u202eb\u200bc\x1b[31m\x00d</title>":                      "a b c [31m d",
		"<title>" + strings.Repeat("é", 500) + "</title>":                  strings.Repeat("é", 58) + "…",
		"<p>\u212a\xff<Title>the Kelvin sign is longer than k</tItle>":     "the Kelvin sign is longer than k",
		"<title><script>alert(1)</script></title>":                         "<script>alert(1)</script>",
		"<title\n>" + strings.Repeat("<title>", 100) + "deep</title>":      strings.Repeat("<title>", 16) + "<titl…",
		"<title>Access denied | jfrog.test used Cloudflare</title><p>more": "Access denied | jfrog.test used Cloudflare",
	} {
		failure := failWith(t, fixed(403, body))
		if failure.Title != want {
			t.Errorf("%q: title %q, want %q", body, failure.Title, want)
		}
		if strings.HasPrefix(strings.TrimSpace(body), "<") && failure.Message != "Forbidden" {
			t.Errorf("%q: a page is told as words: %q", body, failure.Message)
		}
	}
}

const (
	sentToken    = "eyJraWQiOiJ4In0.eyJzdWIiOiJqb2IifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
	sentPassword = "two  spaces::##\"quoted\"\\back%41/slash+plus&<é>"
)

// TestError_HoldsNothingThatWasSent has the server repeat credentials in every form, at every place that is shown.
func TestError_HoldsNothingThatWasSent(t *testing.T) {
	t.Parallel()
	places := map[string]func(string) transport{
		"message": func(form string) transport { return fixed(400, "refused: "+form+" end") },
		"behind much": func(form string) transport {
			return fixed(400, strings.Repeat("x", 290)+form)
		},
		"title":        func(form string) transport { return fixed(403, "<title>refused: "+form+"</title>") },
		"location":     func(form string) transport { return fixed(302, "", "Location", "/login?"+form) },
		"location cut": func(form string) transport { return fixed(302, "", "Location", strings.Repeat("x", 190)+form) },
		"content type": func(form string) transport { return fixed(200, "", "Content-Type", "text/"+form) },
		"no answer":    func(form string) transport { return broken(fmt.Errorf("malformed HTTP response %q", form)) },
	}
	for place, through := range places {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			for _, secret := range []string{sentToken, sentPassword} {
				for _, form := range []string{
					secret, url.QueryEscape(secret), url.PathEscape(secret), fmt.Sprintf("%q", secret), fmt.Sprintf("%+q", secret), redact.Text(secret, 500),
					base64.StdEncoding.EncodeToString([]byte("bob:" + secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)),
				} {
					call := get(t, "https://jfrog.test/x")
					call.Sent = new(redact.List)
					call.Sent.Add(redact.NewSecret(sentToken))
					call.Sent.AddBasic("bob", redact.NewSecret(sentPassword))
					answer, err := httpapi.WithTransport(through(form)).Send(t.Context(), call)
					if err == nil {
						err = answer.JSON(new(struct{}))
					}
					if text := fmt.Sprint(err); len(form) > 16 && strings.Contains(text, redact.Text(form, 500)[:16]) {
						t.Errorf("%s is left in %s", form, text)
					}
				}
			}
		})
	}
}

func TestAnswer_Text(t *testing.T) {
	t.Parallel()
	call := get(t, "https://jfrog.test/x")
	call.Sent = new(redact.List)
	call.Sent.Add(redact.NewSecret(sentToken))
	answer, err := httpapi.WithTransport(fixed(200, "body")).Send(t.Context(), call)
	if err != nil || string(answer.Body) != "body" {
		t.Fatalf("%q, %v", answer.Body, err)
	}
	if got := answer.Text("for\n"+sentToken+" ::x", 100); got != "for REDACTED : :x" {
		t.Errorf("got %q", got)
	}
}

func TestAnswer_JSON(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"right":      {`{"version":"7.1.1"}`, ""},
		"page":       {"<html><title>Sign in</title>", `the answer is not JSON (content type "text/html") (a page titled "Sign in") (GET`},
		"text":       {"OK", `the answer is not JSON (content type "text/html") (GET`},
		"empty":      {"", "the answer is not JSON"},
		"cut off":    {`{"version":"7.1`, "the answer is not JSON"},
		"wrong form": {`{"version":7}`, `the answer is not the JSON that was expected (content type "text/html")`},
		"a list":     {`["7.1.1"]`, "the answer is not the JSON that was expected"},
		"deep":       {strings.Repeat("[", 20_000), "the answer is not JSON"},
	} {
		answer, err := httpapi.WithTransport(fixed(200, test.body, "Content-Type", "text/html")).Send(t.Context(), get(t, "https://jfrog.test/x"))
		if err != nil {
			t.Fatal(err)
		}
		var system struct{ Version string }
		err = answer.JSON(&system)
		var failure *httpapi.Error
		switch {
		case test.want == "" && (err != nil || system.Version != "7.1.1"):
			t.Errorf("%s: %+v, %v", name, system, err)
		case test.want != "" && (!errors.As(err, &failure) || !strings.Contains(err.Error(), "reading: 200 "+test.want)):
			t.Errorf("%s: %v", name, err)
		case test.want != "" && (!failure.Unusable() || !failure.Indeterminate() || failure.Temporary()):
			t.Errorf("%s: unusable %t, indeterminate %t, temporary %t", name, failure.Unusable(), failure.Indeterminate(), failure.Temporary())
		}
	}
}

// TestAnswer_CheckNoPage: a sign-in page answers 200 to anything.
func TestAnswer_CheckNoPage(t *testing.T) {
	t.Parallel()
	for body, page := range map[string]bool{"": false, "{}": false, "Token revoked": false, " \n<!DOCTYPE html><title>Sign in</title>": true, "<?xml?>": true} {
		answer, err := httpapi.WithTransport(fixed(200, body)).Send(t.Context(), get(t, "https://jfrog.test/x"))
		if err != nil {
			t.Fatal(err)
		}
		var failure *httpapi.Error
		if err := answer.CheckNoPage(); errors.As(err, &failure) != page || page && (!failure.Unusable() || !failure.Indeterminate() || failure.Own) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestSend_NoAnswerInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("no answer within 1s (limit of one attempt)"))
		defer cancel()
		client := httpapi.WithTransport(transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		failure := failureOf(ctx, t, client, post(t, "https://jfrog.test/x"))
		if !failure.TimedOut() || !failure.Temporary() || !failure.Indeterminate() || failure.Busy() || failure.Refused() {
			t.Errorf("timed out %t, temporary %t, indeterminate %t", failure.TimedOut(), failure.Temporary(), failure.Indeterminate())
		}
		if want := "minting: no answer: no answer within 1s (limit of one attempt) (POST https://jfrog.test/x)"; failure.Error() != want || !errors.Is(failure, context.Cause(ctx)) {
			t.Errorf("got %s", failure)
		}
	})
}

// Somebody ended the job: the same call would be ended again, but it may have been carried out.
func TestSend_Cancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client := httpapi.WithTransport(transport(func(*http.Request) (*http.Response, error) {
		cancel()
		return nil, errors.New("broken")
	}))
	failure := failureOf(ctx, t, client, post(t, "https://jfrog.test/x"))
	if failure.Temporary() || !failure.Indeterminate() || !errors.Is(failure, context.Canceled) {
		t.Errorf("%v: temporary %t, indeterminate %t", failure, failure.Temporary(), failure.Indeterminate())
	}
}

func TestSend_EndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	nothing := transport(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, errors.New("sent")
	})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithTimeoutCause(t.Context(), 0, errors.New("the budget is used up"))
	defer cancelLate()
	for ctx, temporary := range map[context.Context]bool{cancelled: false, late: true} {
		failure := failureOf(ctx, t, httpapi.WithTransport(nothing), post(t, "https://jfrog.test/x"))
		if failure.Indeterminate() || failure.TimedOut() || failure.Temporary() != temporary || !errors.Is(failure, context.Cause(ctx)) {
			t.Errorf("%v: indeterminate %t, timed out %t, temporary %t", failure, failure.Indeterminate(), failure.TimedOut(), failure.Temporary())
		}
	}
}

// FuzzRefusal: whatever a server answers, the error fits on one line, is bounded, and isn't the service's own.
func FuzzRefusal(f *testing.F) {
	for _, seed := range []string{"", "{}", "<html>", "<title>x</title>", "<title>\u212a\xff</title>", "\xff", "::error::x", sentToken} {
		f.Add(seed, 400, seed)
	}
	f.Fuzz(func(t *testing.T, body string, status int, location string) {
		status = 300 + max(status, -(status+1))%300
		failure := failWith(t, fixed(status, body, "Location", location))
		if text := failure.Error(); strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, "##") || len(text) > 1500 || failure.Own {
			t.Errorf("body %q: %s", body, text)
		}
	})
}
