curl --fail-with-body --silent --show-error \
  --header @/dev/fd/3 --header 'Content-Type: application/json' \
  --data-binary @- 'https://acme.jfrog.io/access/api/v1/oidc/github/identity_mappings?project_key=blue' 3<<HEADER <<'MAPPING'
Authorization: Bearer ${JF_ADMIN_TOKEN:?}
HEADER
{
  "name": "releases",
  "description": "it's \"the\" release",
  "provider_name": "github",
  "priority": 2,
  "claims": {
    "n": 7,
    "ref": "refs/tags/v*",
    "ref_protected": true,
    "repository_id": [
      "74",
      "75"
    ]
  },
  "token_spec": {
    "username_pattern": "{{actor}} | ci-$0",
    "scope": "applied-permissions/roles:blue:\"Developer\",\"Release Manager\"",
    "expires_in": 600
  },
  "project_key": "blue"
}
MAPPING
