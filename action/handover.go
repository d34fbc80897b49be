package action

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// Held is what it takes to revoke a token that Mint returned, by the same config and env.
func (t Token) Held(config Config, env Env) Held {
	return (&minting{config: config, env: env, legacy: t.Legacy}).held(t)
}

// LoadHeld reads what it takes to revoke a token that this process didn't mint: the inputs url, ca-cert, allow-http,
// timeout and on-revoke-failure. No other input matters, and no creator's credentials are needed. Unlike elsewhere, a
// token that lives on is a failure unless on-revoke-failure was set to warn: to revoke it was all that was asked.
//
// The error is an *InputError or a join of several. What the token says of itself is taken unverified, for the report; a
// reference token says nothing.
func LoadHeld(ctx context.Context, layers []Layer, lookup func(string) (string, bool), token Secret) (Held, error) {
	from := newSources(layers)
	var text raw
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &text, Lookuper: from}); err != nil {
		return Held{}, err
	}
	r := &reader{from: from, lookup: lookup}
	_, _, named := from.find("on-revoke-failure")
	held := Held{
		URL: r.url(text.URL, r.truth("allow-http", text.AllowHTTP)), Token: token, RootsPEM: r.roots(ctx, text.CACert),
		Timeout:      r.timeout(text.Timeout),
		FailOnRevoke: r.oneOf("on-revoke-failure", text.OnRevokeFailure, "warn", "fail") == "fail" || !named,
	}
	if held.URL == nil && !r.named("url") {
		r.wrong("url", "it is not set", urlHint+", as url or JF_URL")
	}
	claims, err := jfrog.ReadClaims(token)
	if err != nil && !isReference(token.Reveal()) {
		// JFrog refuses it like a token that was revoked, and the real one would live on.
		r.problems = append(r.problems, &InputError{
			Input: "token", What: "it is neither an access token nor a reference token of JFrog",
			Do: "hand over one token, whole and without quotes",
		})
	}
	held.TokenID, held.Username = claims.ID, claims.Username()
	held.ExpiresAt, held.Revocable = claims.ExpiresAt, claims.Revocable
	if err := errors.Join(r.problems...); err != nil {
		return Held{}, err
	}
	return held, nil
}

// isReference knows a reference token by its form: 64 characters of base64, the first of which say "reftkn".
func isReference(token string) bool {
	decoded, err := base64.StdEncoding.DecodeString(token)
	return err == nil && strings.HasPrefix(string(decoded), "reftkn:")
}
