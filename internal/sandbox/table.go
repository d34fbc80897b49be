package sandbox

import "net/http"

const (
	get    = http.MethodGet
	head   = http.MethodHead
	post   = http.MethodPost
	put    = http.MethodPut
	remove = http.MethodDelete
)

// table lists every endpoint; of two that fit, the first wins, so that a release without "me" takes it for an id.
func (s *Server) table() []route {
	var all []route
	all = append(all, tokenTable()...)
	all = append(all, oidcTable()...)
	all = append(all, systemTable()...)
	return append(all, artifactTable()...)
}

func tokenTable() []route {
	return []route{
		{EndpointMint, post, tokensPath, tokensSince, (*call).mint},
		{EndpointProbe, get, tokensPath + "/me", tokensMeSince, (*call).getMe},
		{EndpointRevoke, remove, tokensPath + "/me", tokensMeSince, (*call).revokeMe},
		{EndpointGet, get, tokensPath + "/{id}", tokensSince, (*call).getToken},
		{EndpointRevoke, remove, tokensPath + "/{id}", tokensSince, (*call).revokeToken},
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
	}
}
