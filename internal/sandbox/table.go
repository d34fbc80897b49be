package sandbox

import "net/http"

const (
	get    = http.MethodGet
	head   = http.MethodHead
	post   = http.MethodPost
	put    = http.MethodPut
	remove = http.MethodDelete
)

const storagePath = "/artifactory/api/storage/{repo}/{path...}"

// table lists every endpoint; of two that fit, the first wins, so that a release without "me" takes it for an id.
func (s *Server) table() []route {
	var all []route
	all = append(all, tokenTable()...)
	all = append(all, legacyTable()...)
	all = append(all, oidcTable()...)
	all = append(all, providerTable()...)
	all = append(all, worldTable()...)
	all = append(all, systemTable()...)
	return append(all, artifactTable()...)
}

func tokenTable() []route {
	return []route{
		{EndpointMint, post, tokensPath, tokensSince, (*call).mint},
		{EndpointList, get, tokensPath, tokensSince, (*call).list},
		{EndpointProbe, get, tokensPath + "/me", tokensMeSince, (*call).getMe},
		{EndpointRevoke, remove, tokensPath + "/me", tokensMeSince, (*call).revokeMe},
		{EndpointRevoke, remove, tokensPath + "/revoke", revokeByValueSince, (*call).revokeValue},
		{EndpointGet, get, tokensPath + "/{id}", tokensSince, (*call).getToken},
		{EndpointRevoke, remove, tokensPath + "/{id}", tokensSince, (*call).revokeToken},
	}
}

func legacyTable() []route {
	return []route{
		{EndpointLegacyMint, post, legacyPath, 0, (*call).legacyMint},
		{EndpointList, get, legacyPath, 0, (*call).legacyList},
		{EndpointRevoke, post, legacyPath + "/revoke", 0, (*call).legacyRevoke},
	}
}

func oidcTable() []route {
	return []route{
		{EndpointIDToken, get, idTokenPath, 0, (*call).idToken},
		{"", get, issuerPath + discoverPath, 0, (*call).discovery},
		{"", get, jwksPath, 0, (*call).keySet},
		{EndpointExchange, post, oidcPath + "/token", oidcSince, (*call).exchange},
	}
}

func systemTable() []route {
	return []route{
		{"", get, "/access/api/v1/system/ping", 0, (*call).ping},
		{"", get, "/access/api/v1/cert/root", certRootSince, (*call).certRoot},
		{"", get, "/artifactory/api/system/ping", 0, (*call).ping},
		{EndpointVersion, get, "/artifactory/api/system/version", 0, (*call).systemVersion},
	}
}

func artifactTable() []route {
	return []route{
		{EndpointArtifact, put, "/artifactory/{repo}/{path...}", 0, (*call).deploy},
		{EndpointArtifact, get, "/artifactory/{repo}/{path...}", 0, (*call).download},
		{EndpointArtifact, head, "/artifactory/{repo}/{path...}", 0, (*call).download},
		{EndpointArtifact, remove, "/artifactory/{repo}/{path...}", 0, (*call).removeArtifact},
		{EndpointArtifact, get, storagePath, 0, (*call).itemInfo},
		{EndpointArtifact, put, storagePath, 0, (*call).setProperties},
		{EndpointArtifact, remove, storagePath, 0, (*call).removeProperties},
	}
}
