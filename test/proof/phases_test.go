//go:build linux

package proof

import "slices"

// phase is what a job is doing when the faults of the table strike.
type phase struct {
	name   string
	what   string // for the reader of the table
	at     string // the endpoint
	inputs map[string]string
	before []string // faults that stand at other endpoints all the time
	post   bool     // the faults begin after the main step
	some   bool     // only one fault of each kind, for a phase that is like another
	few    bool     // only the faults that matter for a token that isn't stored
	blind  bool     // a token whose answer was lost can't be looked for; the report names it
	// unstored is the status that answers the revocation of a token that isn't stored; 0 for the sandbox's own choice.
	unstored int
}

// The credentials of the jobs: an administrator and a user, with passwords that are no words.
const (
	maker         = "maker"
	makerPassword = "Hk3-vq9Zp_w77Xb2"
	reader        = "rita"
	readerPass    = "Vt6-mc2Ry_d91Kf5"
)

// The creators whose tokens newCell fills in.
const (
	adminToken  = "an administrator's token"
	readerToken = "a user's token"
)

// minting are the inputs of a job that mints with an administrator's token; more are names and values.
func minting(more ...string) map[string]string {
	inputs := map[string]string{"access-token": adminToken, "groups": "CI", "reference": "true", "refreshable": "true"}
	for pair := range slices.Chunk(more, 2) {
		inputs[pair[0]] = pair[1]
	}
	return inputs
}

func phases() []phase {
	provider := func(name string) map[string]string { return map[string]string{"oidc-provider-name": name} }
	broker := map[string]string{"oidc-provider-name": "github-broker", "groups": "CI"}
	legacy := map[string]string{"user": maker, "password": makerPassword, "groups": "CI", "api": "legacy"}
	exchanged := map[string]string{"oidc-provider-name": "github", "groups": "CI", "mint": "never"}
	return []phase{
		{name: "ID token", what: "the runner is asked for the job's ID token", at: "idtoken", inputs: broker},
		{name: "exchange", what: "JFrog is asked to exchange it (a mapping to an administrator)", at: "exchange", inputs: broker},
		{name: "exchange for a user", what: "the same with a mapping to a user, whose token is then traded for a revocable one", at: "exchange", inputs: provider("github-user"), some: true},
		{name: "exchange, no mint", what: "the same with a mapping for groups, whose token is the job's as it is", at: "exchange", inputs: exchanged, some: true},
		{name: "mint", what: "the job's token is minted, by an administrator's token", at: "mint", inputs: minting()},
		{name: "mint, no reference token", what: "the same for a token that JFrog stores only because it is to be revocable", at: "mint", inputs: map[string]string{"access-token": adminToken, "groups": "CI", "expiry": "600"}, some: true},
		{name: "mint, not stored", what: "the same for a token so short that JFrog doesn't store it. One whose answer was lost can't be looked for, and is named. The post step can't revoke it", at: "mint", inputs: map[string]string{"access-token": adminToken, "groups": "CI", "expiry": "600", "force-revocable": "false"}, some: true, blind: true},
		{name: "mint, nothing asked", what: "a user who isn't an administrator mints for himself, and asks for nothing", at: "mint", inputs: map[string]string{"access-token": readerToken}, some: true},
		{name: "mint, by password", what: "the same by a user's password, to which JFrog lists no tokens: one whose answer was lost can't be looked for, and is named", at: "mint", inputs: map[string]string{"user": reader, "password": readerPass}, some: true, blind: true},
		{name: "mint for oneself", what: "it is minted from the exchanged token of a user", at: "mint", inputs: provider("github-user"), some: true},
		{name: "mint, legacy API", what: "it is minted by the legacy API: a token whose answer was lost can't be looked for there, and is named", at: "legacy-mint", inputs: legacy, some: true, blind: true},
		{name: "lookup", what: "the mint's first answer was lost, and JFrog is asked for what it made", at: "list", inputs: minting(), before: []string{"commit-then-drop,times=1@mint"}, some: true},
		{name: "verify", what: "JFrog granted more than was asked, and the token is revoked at once", at: "revoke", inputs: minting(), before: []string{"broader-scope=applied-permissions/admin@mint"}},
		{name: "revoke", what: "the post step revokes the token", at: "revoke", inputs: minting(), post: true},
		{name: "refresh", what: "the post step uses up the refresh token, so that nobody else can. Where the answer is lost, the token that it gave can't be looked for", at: "mint", inputs: minting(), post: true, some: true, blind: true},
		{name: "revoke, legacy API", what: "the same for a token of the legacy API, with the creator's password", at: "revoke", inputs: legacy, post: true, some: true},
		{name: "revoke, not stored, 204", what: "the post step revokes the token of a mapping, which JFrog doesn't store and says 204 of", at: "revoke", inputs: exchanged, post: true, some: true, few: true, unstored: 204},
		{name: "revoke, not stored, 400", what: "the same where JFrog says 400", at: "revoke", inputs: exchanged, post: true, some: true, few: true, unstored: 400},
		{name: "revoke, not stored, 404", what: "the same where JFrog says 404", at: "revoke", inputs: exchanged, post: true, some: true, few: true, unstored: 404},
		{name: "probe", what: "the post step asks with the token whether it is dead", at: "probe", inputs: minting(), post: true},
		{name: "probe, not stored", what: "the same for the token of a mapping", at: "probe", inputs: exchanged, post: true, some: true, few: true, unstored: 204},
	}
}
