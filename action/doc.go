// Package action gives one CI job its own JFrog access token and takes it back.
//
// [Load] reads the inputs, [Mint] makes the token, [Revoke] takes it back and proves that it is dead:
//
//	config, notes, err := action.Load(ctx, action.Layers(flags, os.LookupEnv))
//	token, err := action.Mint(ctx, config, env)
//	report := action.Revoke(ctx, token.Held(config, env), env)
//
// # What is promised
//
// A token is masked, and saved for its revocation, before any other byte of it leaves Mint. A token that is broader than
// what was asked is revoked at once, and Mint fails. Whatever ends Mint early, its context included, the tokens made so
// far are revoked before it returns; where that can't be shown, the error is a [LeftAlive] that names the token.
//
// A token is called revoked only after the server refused it.
//
// # Concurrency
//
// All functions may be called concurrently with different arguments. Nothing here reads the environment, the clock or
// the network except through what it is given.
package action
