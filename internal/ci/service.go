package ci

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/frogmint/frogmint/internal/httpapi"
	"github.com/frogmint/frogmint/internal/redact"
)

// maxWords bounds in bytes what is shown of a service's own words.
const maxWords = 300

// service is one of a CI's own HTTP services.
type service struct {
	name   string // for people
	client *httpapi.Client
	local  bool   // on this machine or its own link: nothing stands between, and its refusals may be plain text
	fix    string // what to change where the service refuses
}

// serviceURL reads the address of a service. name is where it came from.
func serviceURL(op, name, address, fix string) (*url.URL, error) {
	target, err := url.Parse(address)
	if err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http" {
		return nil, &ProblemError{What: op + ": " + name + " is not a URL", Fix: fix}
	}
	return target, nil
}

// authorize adds a credential to a call, keeps it out of the call's errors, and adds headers in pairs of name and value.
func authorize(call *httpapi.Call, scheme, credential string, headers ...string) {
	call.Sent = new(redact.List)
	call.Sent.Add(redact.NewSecret(credential))
	call.Authorize = func(request *http.Request) {
		request.Header.Set("Authorization", scheme+" "+credential)
		for pair := range slices.Chunk(headers, 2) {
			request.Header.Set(pair[0], pair[1])
		}
	}
}

// send makes one call. Its failure, an *httpapi.Error, says whose answer it is and what to do.
func (s service) send(ctx context.Context, call httpapi.Call) (httpapi.Answer, error) {
	call.Explain = s.explain
	answer, err := s.client.Send(ctx, call)
	return answer, s.advise(err)
}

// idToken makes one call, and takes the ID token from a field of the JSON that is answered, or is all that is answered where
// field is empty.
func (s service) idToken(ctx context.Context, call httpapi.Call, field string) (redact.Secret, error) {
	answer, err := s.send(ctx, call)
	if err != nil {
		return redact.Secret{}, err
	}
	token := strings.TrimSpace(string(answer.Body))
	if field != "" {
		var fields map[string]any
		if err := answer.JSON(&fields); err != nil {
			return redact.Secret{}, s.advise(err)
		}
		token, _ = fields[field].(string)
	}
	switch {
	case token == "" || isPage([]byte(token)):
		return redact.Secret{}, s.advise(answer.Unusable("the answer holds no ID token"))
	case len(token) > httpapi.MaxToken:
		return redact.Secret{}, s.advise(answer.Unusable(fmt.Sprintf("more than %d bytes (limit token)", httpapi.MaxToken)))
	}
	return redact.NewSecret(token), nil
}

func isPage(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) }

// explain reads a refusal: all of these services refuse with JSON that has a message.
func (s service) explain(refusal *httpapi.Error, body []byte) bool {
	var words struct{ Message, Error string }
	if json.Unmarshal(body, &words) == nil && words.Message+words.Error != "" {
		refusal.Message = redact.Text(cmp.Or(words.Message, words.Error), maxWords)
		return true
	}
	if isPage(body) {
		refusal.Message = "a web page"
		refusal.Cause, refusal.Fix = s.notOwn(refusal.Host)
		return false
	}
	refusal.Message = redact.Text(string(body), maxWords)
	return s.local
}

// advise adds to a failure whose answer it is and what to do, where that isn't said yet.
func (s service) advise(err error) error {
	if failure, ok := errors.AsType[*httpapi.Error](err); ok && failure.Fix == "" {
		failure.Cause, failure.Fix = s.advice(failure)
	}
	return err
}

func (s service) advice(failure *httpapi.Error) (cause, fix string) {
	_, isProxy := errors.AsType[*httpapi.ProxyError](failure)
	switch {
	case failure.Status/100 == 3 || failure.Unusable():
		return s.notOwn(failure.Host)
	case s.local:
		return "", s.fix
	case isProxy, failure.Status == http.StatusProxyAuthRequired:
		return "that is the proxy's answer, not " + s.name + "'s",
			fmt.Sprintf("let the proxy connect to %s (user and password stand in HTTPS_PROXY), or name the host in NO_PROXY", failure.Host)
	case httpapi.IsUntrusted(failure):
		return "", "name the CA certificate that signed " + failure.Host + "'s certificate with ca-cert"
	case failure.Status == 0:
		return "", fmt.Sprintf("check that this runner reaches %s: HTTPS_PROXY, NO_PROXY, its firewall and name server", failure.Host)
	case failure.Temporary():
		return failure.Host + " is busy or down", "run the job again a little later"
	}
	return "", s.fix
}

// notOwn is for an answer that this service doesn't give.
func (s service) notOwn(host string) (cause, fix string) {
	cause = fmt.Sprintf("%s gave an answer that isn't %s's own, as a proxy, a gateway or a sign-in page does", host, s.name)
	if s.local {
		return cause, s.fix
	}
	return cause, fmt.Sprintf("let this runner reach %s directly (NO_PROXY, the gateway's rules), and run the job again", host)
}
