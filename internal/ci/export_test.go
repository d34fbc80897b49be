package ci

// KubernetesAt is Kubernetes with the token at another place than the root of the test's machine.
func KubernetesAt(path string) System { return kubernetesAt(path) }
