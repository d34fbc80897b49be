package ci

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/frogmint/frogmint/internal/limit"
	"github.com/frogmint/frogmint/internal/redact"
)

// Error is a CI's own service that refused an ID token or gave no answer (Status 0). Its text is safe to print.
type Error struct {
	Op      string
	Status  int
	Message string

	after time.Duration
	hint  string
	cause error
}

// Error says what was being done and what came back.
func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s: no answer: %s", e.Op, e.Message)
	}
	return fmt.Sprintf("%s: %d %s", e.Op, e.Status, e.Message)
}

// Unwrap gives the cause where there was no answer.
func (e *Error) Unwrap() error { return e.cause }

// Hint tells what to change; it may be empty.
func (e *Error) Hint() string { return e.hint }

// Temporary reports whether the service may answer a moment later. GitHub refuses with 403 while it believes that the
// job hasn't started ("Can't issue ID_TOKEN for job in 'Pending' state", observed in aws-actions and runner #1466).
func (e *Error) Temporary() bool {
	switch {
	case e.Status == 0:
		return !errors.Is(e.cause, context.Canceled)
	case e.Status == http.StatusTooManyRequests, e.Status >= 500:
		return true
	}
	return e.Status == http.StatusForbidden &&
		(strings.Contains(e.Message, "Pending") || strings.Contains(e.Message, "non-inprogress"))
}

// RetryAfter is the pause that the service asked for, at most a minute.
func (e *Error) RetryAfter() time.Duration { return e.after }

// fetch sends one request and returns the body of a 2xx answer.
func fetch(ctx context.Context, host Host, op string, request *http.Request) ([]byte, error) {
	response, err := host.HTTP.Do(request.WithContext(ctx))
	if err != nil {
		return nil, noAnswer(ctx, op, err)
	}
	defer response.Body.Close()
	body, err := limit.ReadAll(response.Body, limit.Body, "answer")
	if err != nil {
		return nil, noAnswer(ctx, op, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		failure := &Error{Op: op, Status: response.StatusCode, Message: redact.Text(withoutCredential(request, string(body)), 300)}
		failure.after = min(limit.RetryAfter(response.Header), time.Minute)
		if response.StatusCode < 400 {
			failure.Message = "a redirect, which is not followed: credentials go to the named host only"
		}
		return nil, failure
	}
	return body, nil
}

// withoutCredential keeps a service that repeats the request from putting its credential into an error.
func withoutCredential(request *http.Request, answer string) string {
	_, credential, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	var sent redact.List
	sent.Add(redact.NewSecret(credential))
	return sent.Scrub(answer)
}

// idTokenFrom sends the request and takes the ID token from one field of the JSON that comes back.
func idTokenFrom(ctx context.Context, host Host, op string, request *http.Request, field string) (redact.Secret, error) {
	body, err := fetch(ctx, host, op, request)
	if err != nil {
		return redact.Secret{}, err
	}
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return redact.Secret{}, fmt.Errorf("%s: the answer is not JSON", op)
	}
	token, _ := answer[field].(string)
	if token == "" {
		return redact.Secret{}, fmt.Errorf("%s: the answer holds no %s", op, field)
	}
	return redact.NewSecret(token), nil
}

// postJSON prepares a request with a JSON body.
func postJSON(ctx context.Context, method, target, authorization string, body any) (*http.Request, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	return request, nil
}

// hinted adds what to change to the refusal of a CI's service.
func hinted(err error, hint string) error {
	var refused *Error
	if errors.As(err, &refused) && refused.hint == "" {
		refused.hint = hint
	}
	return err
}

func noAnswer(ctx context.Context, op string, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // its text repeats the URL, which may hold a credential in its query
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return &Error{Op: op, Message: redact.Text(err.Error(), 300), cause: err}
}

// Problem is a failure of the surroundings, with what to do about it.
type Problem struct {
	What string
	Do   string
}

// Error says what is wrong.
func (e *Problem) Error() string { return e.What }

// Hint tells what to change.
func (e *Problem) Hint() string { return e.Do }
