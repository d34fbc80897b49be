// Package sandbox is an embedded, JFrog-compatible token server with an OIDC issuer of its own: for tests, for trying
// things out, and for nothing else. Its passwords are known, its faults can be ordered, everything is in memory.
//
// It has wire structs of its own and imports nothing of this module, so that one wrong tag can't hide on both sides.
//
// # What is true to JFrog
//
// Marks: D documented by JFrog; O observed in recorded answers, issues or JFrog's own clients; I inferred, because
// nothing says. "Since" is the release of Artifactory; an older server doesn't know the endpoint (404) or the member.
// No real JFrog was asked for any of it.
//
//	endpoint                          since    true to JFrog                              not, or not known
//	POST   /access/api/v1/tokens      7.21.1   members, defaults, limits (D); JSON and    words of most 400s (I); that a
//	                                           form (D), no force_revocable in a form     member unknown to JFrog (400)
//	                                           (O); who may mint what (D); "Invalid       or to the release (no effect)
//	                                           formatted name" (O); ext, claims (O);      is treated so, one in another
//	                                           Basic 7.63.2 where enabled (D);            case or twice too (I); a project
//	                                           artifact: 7.38, reference 7.38.10,         admin mints for himself only (I);
//	                                           force_revocable 7.50.3, project admins     every user's password may mint:
//	                                           7.84.3 (D); 0 never expires from 7.42.1 (O)no MFA, no external users;
//	                                                                                      transient users may have any name
//	  grant_type=refresh_token        7.37.9   same user, 404 and its words (D, O);       Authorization may be left out
//	                                           grace after expiry 7.59.5 (D)              where access_token is given; the
//	                                                                                      life asked is limited as by
//	                                                                                      minting (I)
//	GET    /access/api/v1/tokens      7.21.1   members, filters, order, own tokens (D);   nothing is paged; expired
//	                                           403 for what is no user (D)                tokens vanish at once
//	GET    .../tokens/{id}            7.21.1   404 for what isn't stored (D)              words of 404 (I)
//	GET    .../tokens/me              7.53.1   before, "me" is an id (I); the audience    404 though authenticated, for a
//	                                           isn't checked from 7.68 (D)                token that isn't stored (I)
//	DELETE .../tokens/{id}, /me       7.21.1,  200, 204, 400 with its words and           403 for a user and an unknown
//	                                  7.53.1   numbers (D, O)                             id (I)
//	DELETE .../tokens/revoke          7.68     by JWT or reference token (D)              204 where there is none (I)
//	POST   .../artifactory/api/       5.0      form, members, scopes, 3600 s, transient   words of errors (I); a JWT names
//	       security/token                      users, api:* (D, O); useless for the       its maker jfrt@ (O); groups must
//	                                           Access (O); refreshing (D)                 exist (I)
//	GET    .../security/token         5.0      members (D); administrators only (D)
//	POST   .../security/token/revoke  5.0      by value, refresh token or id; 200 and     status 500 around "Token not
//	                                           its words (D, O)                           revocable" (I)
//	POST   /access/api/v1/oidc/token  7.77.3,  members (O); a real check of signature,    words but for "Invalid
//	                                  cloud    issuer, audience and times; mappings by    audience", "Failed to get public
//	                                  7.73.1   priority and claims (D), lists and * from  key" and "Forbidden" (I); an
//	                                           7.94.1, projects first 7.94, patterns      organization is held against
//	                                           7.95 (D); subject provider/mapping (O)     repository_owner (I)
//	.../oidc[/{provider}              7.77.3   members and paths (O); https issuers (O),  statuses of success, 409 (I); the
//	 [/identity_mappings[/{name}]]]            organization 7.138, 7.144 (O)              sandbox's issuer may be http
//	GET    /access/api/v1/cert/root   7.12     DER in base64, name, RSA-2048 (O)
//	GET    .../system/ping (both)     any      OK to everybody (O)
//	GET    .../api/system/version     any      401 to bad credentials (O)                 no anonymous access
//	       /artifactory/{repo}/{path} any      Bearer, Basic, X-JFrog-Art-Api; checksums  words of 403 (I); a JWT in
//	                                           (O); a JWT as the password of another is   X-JFrog-Art-Api (I); a reference
//	                                           refused, "Wrong username was used" (O);    token goes with any user name
//	                                           overwriting needs delete (D); properties   (I); no folders, no checksum
//	                                           as ;name=value                             deploy, 32 MiB each
//	       .../api/storage/...        any      information, ?properties (D)               a file only
//	       .../api/security/groups,   any,     as far as a set-up needs them: put, get,   members that the sandbox has no
//	       users; api/repositories;   7.49.3   list, delete                               use for are ignored; no patch;
//	       api/v2/security/                                                               project roles can do what the
//	       permissions; access/api/                                                       predefined ones do, in outline
//	       v2/groups, users;
//	       v1/projects
//
// # Revocation
//
// A token that lives shorter than revocable-expiry-threshold (six hours) can't be revoked, one shorter than
// persistent-expiry-threshold (three hours) isn't stored: it can't be listed or read (documented). One minted with
// force_revocable can be revoked however short it is (documented), and is stored here: revocable tokens are documented
// to be checked against Access's database, that they are listed is inferred. With force-revocable-stored set to false
// they aren't. Refreshable tokens (observed in a list) and reference tokens (documented) are stored too.
//
// The documentation of the threshold speaks of all tokens, those of the legacy API too. Its tokens can be revoked here
// all the same, because a job's token could otherwise never be; legacy-revocable-expiry-threshold 21600 shows the
// documented behaviour.
//
// A revoked token is refused from the next request on, by Access as "Invalid token, revoked" (inferred), by Artifactory
// as "Token failed verification: revoked" (observed); reports of a delay by a cache are what the fault revoke-lag is
// for.
//
// Errors are Access's list with codes, before 7.50 flat (observed in 7.49, the release of the change is inferred), and
// Artifactory's list with numbers.
//
// # Configuration
//
// ReadConfig reads JSON: the standard library has no YAML. All members are optional.
//
//	{
//	  "token": {
//	    "default-expiry": 31536000, "max-expiry": 0, "allow-refreshable": true, "refresh-expiry": "24h",
//	    "revocable-expiry-threshold": 21600, "persistent-expiry-threshold": 10800,
//	    "enable-token-generation-via-api": false, "last-used-enabled": false,
//	    "force-revocable-stored": true, "legacy-revocable-expiry-threshold": 0
//	  },
//	  "cloud": false,
//	  "groups": [{"name": "testers", "admin": false}],
//	  "users": [{"name": "tess", "password": "secret", "admin": false, "groups": ["testers"]}],
//	  "projects": [{"key": "proj", "name": "Project", "members": {"tess": ["Developer"]}}],
//	  "repositories": [{"key": "proj-local", "project": "proj"}],
//	  "permissions": [{"name": "p", "repositories": ["libs-local"], "users": {"tess": "r"}, "groups": {"testers": "rw"}}],
//	  "providers": [{"name": "mine", "issuer_url": "", "provider_type": "GitHub", "audience": "",
//	    "identity_mappings": [{"name": "m", "priority": 1, "claims": {"ref": "refs/heads/*"},
//	      "token_spec": {"username": "ci-bot", "scope": "applied-permissions/groups:CI", "expires_in": 300}}]}]
//	}
//
// The faults are listed by FaultHelp.
package sandbox
