package sandbox

// RepositoryConfig is a repository of the world: a local one of type generic unless it says otherwise.
type RepositoryConfig struct {
	Key         string `json:"key"`
	Class       string `json:"rclass"`
	PackageType string `json:"packageType"`
	Project     string `json:"projectKey,omitempty"`
	Description string `json:"description"`
	// Local is the local repository that a virtual one stands for. JFrog deploys to it, and reads from others too.
	Local string `json:"defaultDeploymentRepo,omitempty"`
}

// startRepositories returns libs-local, and a local and a virtual repository of each package type.
func startRepositories() map[string]*RepositoryConfig {
	all := map[string]*RepositoryConfig{"libs-local": {Key: "libs-local", Class: "local", PackageType: "generic"}}
	add := func(kind, local, virtual string) {
		all[local] = &RepositoryConfig{Key: local, Class: "local", PackageType: kind}
		all[virtual] = &RepositoryConfig{Key: virtual, Class: "virtual", PackageType: kind, Local: local}
	}
	add("maven", "libs-release-local", "libs-release")
	for _, kind := range []string{"npm", "pypi", "go", "docker", "cargo", "helm", "nuget", "terraform"} {
		add(kind, kind+"-local", kind+"-virtual")
	}
	return all
}

// repository returns the repository that has the files of the one with the key: a virtual one has none of its own.
func (w *world) repository(key string) *RepositoryConfig {
	repo := w.repositories[key]
	if repo != nil && repo.Local != "" {
		return w.repositories[repo.Local]
	}
	return repo
}

// localOf is the key of the repository that has the files of the one with the key.
func (s *Server) localOf(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if repo := s.world.repository(key); repo != nil {
		return repo.Key
	}
	return key
}
