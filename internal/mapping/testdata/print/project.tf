resource "platform_oidc_identity_mapping" "releases" {
  name          = "releases"
  description   = "it's \"the\" release"
  provider_name = "github"
  project_key   = "blue"
  priority      = 2

  claims_json = jsonencode({
    "n"             = 7
    "ref"           = "refs/tags/v*"
    "ref_protected" = true
    "repository_id" = ["74", "75"]
  })

  token_spec = {
    username_pattern = "{{actor}} | ci-$0"
    scope            = "applied-permissions/roles:blue:\"Developer\",\"Release Manager\""
    expires_in       = 600
  }
}
