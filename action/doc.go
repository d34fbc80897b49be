// Package action gives one CI job a JFrog access token of its own and revokes it when the job ends.
//
// A [Client] mints and revokes. What is asked for stands in a [Config]; the minted [Token] gives the [State] that it takes
// to revoke it, in this process or in a later one. The examples show a mint with its revocation, the exchange of an ID token
// (Client.Mint), a revocation by a saved state (Client.Revoke), and how to find what JFrog refused (APIError).
//
// # Promises
//
// A token is masked and saved by the [Runner] before it is exported. A token that is broader than what was asked for is
// revoked at once, and Mint fails. Whatever ends Mint early, its context included, the tokens that were issued until then are
// revoked before it returns; where that can't be shown, the error is a [LeftAliveError] that names them.
//
// A token is called revoked only after the server accepted its revocation and then refused it wherever it is used.
//
// # Concurrency
//
// A Client may be used by several goroutines at once. Nothing here reads the environment, but for the proxy of a Client
// that names none.
package action
