// Package sandbox is an embedded, JFrog-compatible token server with an OIDC issuer of its own: for tests, for trying
// things out, and for nothing else. Its passwords are known, it can be told to misbehave, everything is in memory.
//
// It has wire structs of its own and imports nothing of this module, so that one wrong tag can't hide on both sides. A
// server keeps the time package's time: it runs inside a testing/synctest bubble too (package sandboxtest).
//
// # What is true to JFrog
//
// Marks: D documented by JFrog; O observed in recorded answers, issues, JFrog's own clients or their tests; I inferred,
// because nothing says. "Since" is the release of Artifactory; an older server doesn't know the endpoint (404) or the
// member. No real JFrog was asked for any of it.
//
//	endpoint                          since    true to JFrog                              not, or not known
//	POST   /access/api/v1/tokens      7.21.1   members, defaults, limits (D); JSON and    words of most 400s (I); that a
//	                                           form (D), no force_revocable in a form     member unknown to JFrog (400)
//	                                           (O); flags as text (O); who may mint what  or to the release (no effect)
//	                                           (D); groups need not exist, only the       is treated so, one in another
//	                                           first groups word counts (O); "Invalid     case too (I); a project admin
//	                                           formatted name" (O); ext, claims (O);      mints for himself only (I); every
//	                                           Basic 7.63.2 where enabled (D);            user's password may mint: no MFA,
//	                                           artifact: 7.38, reference 7.38.10,         no external users; transient
//	                                           force_revocable 7.50.3, project admins     users may have any name and
//	                                           7.84.3 (D); 0 never expires from 7.42.1    scope; roles need not exist (I)
//	                                           (O); a full subject as username (O)
//	  grant_type=refresh_token        7.37.9   same user, 404 and its words (D, O);       Authorization may be left out
//	                                           grace after expiry 7.59.5 (D)              where access_token is given; the
//	                                                                                      life asked is limited as by
//	                                                                                      minting (I)
//	GET    /access/api/v1/tokens      7.21.1   members, filters, order, own tokens (D);   nothing is paged; expired
//	                                           403 for what is no user (D)                tokens vanish at once; last_used
//	                                                                                      is never there
//	GET    .../tokens/{id}            7.21.1   404 for what isn't stored (D)              words of 404 (I)
//	GET    .../tokens/me              7.53.1   before, "me" is an id (I); the audience    404 though authenticated, for a
//	                                           isn't checked from 7.68 (D)                token that isn't stored (I)
//	DELETE .../tokens/{id}, /me       7.21.1,  200; 204 also for what isn't stored, and   403 for a user and an unknown
//	                                  7.53.1   it goes on working (D, O); 400 with its    id (I); what /me answers for what
//	                                           words and numbers (O)                      isn't stored (I)
//	DELETE .../tokens/revoke          7.68     by JWT or reference token (D)              204 where there is none (I)
//	POST   .../artifactory/api/       5.0      form, members, scopes, 3600 s, transient   words of errors, which of OAuth's
//	       security/token                      users, api:* (D, O); useless for Access    names a 400 has (I); a JWT names
//	                                           (O); refreshing (D); 400 in OAuth's form   its maker jfrt@ (O)
//	                                           (O)
//	GET    .../security/token         5.0      members (D); administrators only (D)
//	POST   .../security/token/revoke  5.0      by value, refresh token or id; 200 and     status 500 around "Token not
//	                                           its words (D, O)                           revocable" (I)
//	POST   /access/api/v1/oidc/token  7.77.3   members, both spellings of a generic       words but for "Invalid
//	                                           provider_type (O); a real check of         audience", "Failed to get public
//	                                           signature, issuer, audience and times;     key" and "Forbidden" (I); an
//	                                           mappings by priority and claims (D),       organization is held against
//	                                           lists and * from 7.94.1, projects first    repository_owner (I); a
//	                                           7.94, patterns 7.95 (D); subject           provider_type that isn't the
//	                                           provider/mapping (O)                       provider's is taken (I)
//	.../oidc[/{provider}              7.77.3   members and paths (O); https issuers (O),  statuses of success, 409 (I); the
//	 [/identity_mappings[/{name}]]]            organization 7.110.1 (D), of GitHub        sandbox's issuer may be http;
//	                                           Enterprise by Access 7.144 (O); "Invalid   where "Invalid expiry" begins;
//	                                           expiry" (O)                                Access's numbers (I)
//	GET    /access/api/v1/cert/root   7.12     DER in base64, name, RSA-2048, open (O)
//	GET    .../system/ping (both)     any      OK to everybody (O)
//	GET    .../access/.../version     any      member name (O)                            who may ask (I)
//	GET    .../api/system/version     any      401 to bad credentials (O)                 no anonymous access
//	POST   .../api/system/usage       any      200 (O)
//	GET    .../encryptedPassword      any      works as a password (O)                    its form, 401 to a token (I)
//	       /artifactory/{repo}/{path} any      Bearer, Basic, X-JFrog-Art-Api; checksums  words of 403 (I); a JWT in
//	                                           (O); a JWT as the password of another is   X-JFrog-Art-Api (I); a reference
//	                                           refused, "Wrong username was used" (O);    token goes with any user name
//	                                           overwriting needs delete (D); properties   (I); no folders; 32 MiB each; a
//	                                           as ;name=value; checksum deploy (D)        repository's type has no effect
//	       .../api/storage/...        any      information, ?properties (D)               a file only
//	POST   .../api/search/aql         any      what jf asks for (O)                       anything else: 400, or no effect
//	       .../api/security/groups,   any,     as far as a set-up needs them: put, get,   members that the sandbox has no
//	       users; api/repositories;   7.49.3   list, delete; repositories are open to     use for are ignored; no patch;
//	       api/v2/security/                    all users (D), a missing one is 400 (O)    projects come from the
//	       permissions; access/api/                                                       configuration; their predefined
//	       v2/groups, users                                                               roles can do what is outlined (I)
//
// docs/sandbox.md has the configuration file, the faults, and what is known of revocation and errors.
package sandbox
