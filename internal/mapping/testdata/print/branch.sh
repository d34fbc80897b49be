curl --fail-with-body --silent --show-error \
  --header @/dev/fd/3 --header 'Content-Type: application/json' \
  --data-binary @- 'https://acme.jfrog.io/access/api/v1/oidc/github/identity_mappings' 3<<HEADER <<'MAPPING'
Authorization: Bearer ${JF_ADMIN_TOKEN:?}
HEADER
{
  "name": "octo-org-octo-repo-main",
  "description": "octo-org/octo-repo, ref refs/heads/main",
  "provider_name": "github",
  "priority": 1,
  "claims": {
    "ref": "refs/heads/main",
    "repository": "octo-org/octo-repo",
    "repository_owner_id": "65"
  },
  "token_spec": {
    "username": "octo-org-octo-repo-main",
    "scope": "applied-permissions/groups:readers",
    "audience": "*@*",
    "expires_in": 3600
  }
}
MAPPING
