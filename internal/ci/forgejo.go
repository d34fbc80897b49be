package ci

// Forgejo is Forgejo Actions. Its runner speaks GitHub's commands and files, and its server GitHub's contract for ID
// tokens (Forgejo's documentation, from version 15).
func Forgejo() System {
	system := GitHub()
	system.ID, system.Name = "forgejo", "Forgejo Actions"
	system.Detect = isValue("FORGEJO_ACTIONS", "true")
	system.canMask = nil
	system.IDToken = actionsIDToken("Forgejo", "put `enable-openid-connect: true` into the workflow; "+
		"it takes Forgejo 15 or later, and a Forgejo runner newer than version 12, which rejects that key")
	// Runner 12: post entry points of container actions are left out, and after a cancel no main step runs (its source, and seen).
	system.PostUnreliable = func(Env) string {
		return "Forgejo's runner doesn't run a container action's post step; " + revokeStep +
			", and choose a short expiry, since no step runs after a cancel"
	}
	return system
}
