resource "platform_oidc_identity_mapping" "octo-org-octo-repo-main" {
  name          = "octo-org-octo-repo-main"
  description   = "octo-org/octo-repo, ref refs/heads/main"
  provider_name = "github"
  priority      = 1

  claims_json = jsonencode({
    "ref"                 = "refs/heads/main"
    "repository"          = "octo-org/octo-repo"
    "repository_owner_id" = "65"
  })

  token_spec = {
    username   = "octo-org-octo-repo-main"
    scope      = "applied-permissions/groups:readers"
    audience   = "*@*"
    expires_in = 3600
  }
}
