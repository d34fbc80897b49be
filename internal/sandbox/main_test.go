package sandbox_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) {
	sandboxtest.AtOnce("8")
	goleak.VerifyTestMain(m)
}

// Many jobs at once: each exchanges, mints, deploys, revokes and finds its token dead.
func TestManyJobs(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.idToken("")
	var group sync.WaitGroup
	slots := make(chan struct{}, 20)
	for i := range 200 {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := job(c, id, i); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, token := range c.box.Server.LiveTokens() {
		if token.Username != "token-broker" || token.Revocable {
			t.Errorf("live %+v", token)
		}
	}
}

func job(c *client, id string, i int) error {
	send := func(want int, method, path string, edits ...edit) (answer, error) {
		got, err := c.roundTrip(c.request(method, path, edits...))
		if err == nil && got.status != want {
			err = fmt.Errorf("%s %s: %d, want %d: %s", method, path, got.status, want, got.text)
		}
		return got, err
	}
	got, err := send(200, http.MethodPost, oidcAPI+"/token", jsonBody(exchangeBody(id, "github-broker")))
	if err != nil {
		return err
	}
	broker := bearer(got.object(c.tb)["access_token"].(string))
	got, err = send(200, http.MethodPost, tokensAPI, broker, jsonBody(fmt.Sprintf(
		`{"username":"job-%d","scope":"applied-permissions/groups:CI","expires_in":600,"force_revocable":true,"description":"job %d"}`, i, i)))
	if err != nil {
		return err
	}
	token := bearer(got.object(c.tb)["access_token"].(string))
	for _, step := range []struct {
		want         int
		method, path string
	}{
		{201, http.MethodPut, fmt.Sprintf("%sjob-%d", libs, i)},
		{200, http.MethodGet, tokensAPI + "?description=job*"},
		{200, http.MethodDelete, tokensAPI + "/me"},
		{401, http.MethodGet, tokensAPI + "/me"},
		{401, http.MethodPut, fmt.Sprintf("%sjob-%d", libs, i)},
	} {
		if _, err := send(step.want, step.method, step.path, token); err != nil {
			return err
		}
	}
	return nil
}
