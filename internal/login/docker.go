package login

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// docker reads config.json in a folder, and beside it contexts, plugins and builders: those are linked, and so stay what
// they were. podman, skopeo and crane look there, too, behind their own file.
func docker(p *plan, _ string) {
	own := cmp.Or(p.env("DOCKER_CONFIG"), p.home(".docker"))
	p.dockerVariable()
	p.point("DOCKER_CONFIG", "docker", "")
	p.registry("docker/config.json", first(path(own, "config.json")))
	if own == "" {
		return
	}
	entries, err := os.ReadDir(own)
	if err == nil {
		own, err = filepath.Abs(own)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.fail("correct it, or leave docker out of login", "its own folder %q can't be read: %v", own, plainError(err))
	}
	for _, e := range entries {
		if e.Name() != "config.json" {
			p.links = append(p.links, link{"docker/" + e.Name(), filepath.Join(own, e.Name())})
		}
	}
}

// dockerVariable fails where a variable, which docker 28.3 and later reads before any file, has this host. CIs set it for the
// images that jobs run in.
func (p *plan) dockerVariable() {
	const name = "DOCKER_AUTH_CONFIG"
	var set struct{ Auths map[string]json.RawMessage }
	if json.Unmarshal([]byte(p.env(name)), &set) == nil && set.Auths[p.base.Host] != nil {
		p.fail("unset "+name+" for this job, or leave docker out of login", "the variable %s is set already, and has credentials for %s", name, p.base.Host)
	}
}

// path is a name below a folder that may not be known.
func path(folder, name string) string {
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, name)
}

// registry plans a file in docker's form, with the credentials for Artifactory's host beside all that is in the user's own.
func (p *plan) registry(name, ownPath string) {
	own, auths, helpers := map[string]json.RawMessage{}, map[string]json.RawMessage{}, map[string]string{}
	store := ""
	if text := p.own(ownPath); text != "" {
		err := json.Unmarshal([]byte(text), &own)
		for key, part := range map[string]any{"auths": &auths, "credHelpers": &helpers, "credsStore": &store} {
			if raw := own[key]; err == nil && raw != nil && string(raw) != "null" {
				err = json.Unmarshal(raw, part)
			}
		}
		if err != nil {
			p.fail("correct that file, or leave "+p.entry.name+" out of login", "its own configuration %q is not what %s writes", ownPath, p.entry.name)
			return
		}
	}
	host := p.base.Host
	// A helper for this host, or for all, would be asked before the file is. docker takes an empty name for none; podman and
	// skopeo run it, so it is there only where nothing else keeps docker from a store for all.
	_, changed := helpers[host]
	delete(helpers, host)
	asks := p.entry.name == "docker" && p.helped()
	if asks {
		helpers[host] = "frogmint"
	} else if store != "" {
		helpers[host] = ""
	}
	if changed || len(helpers) > 0 {
		own["credHelpers"], _ = json.Marshal(helpers)
	}
	// podman and skopeo take a repository's own entry before the host's.
	for key := range auths {
		if key == host || strings.HasPrefix(key, host+"/") {
			delete(auths, key)
		}
	}
	if own == nil {
		own = map[string]json.RawMessage{}
	}
	p.write(name, func(c credentials) string {
		if !asks {
			auths[host], _ = json.Marshal(map[string]string{"auth": c.basic()})
		}
		own["auths"], _ = json.Marshal(auths)
		text, _ := json.MarshalIndent(own, "", "\t") // raw JSON that was read before, and strings
		return string(text) + "\n"
	})
}

// dockerHelper speaks the protocol of docker's credential helpers. That there are no credentials for a host has words of its
// own, by which the clients know it.
func dockerHelper(q *Question) (string, error) {
	scheme, rest, _ := strings.Cut(q.Grant.Base, "://")
	host, _, _ := strings.Cut(rest, "/")
	asked := strings.TrimSpace(q.Input)
	if !strings.Contains(asked, "://") {
		asked = scheme + "://" + asked
	}
	switch {
	case q.Word == "version":
		return lines("docker" + HelperSuffix), nil
	case q.Word != "get" && q.Word != "list":
		return "", errors.New("this helper gives the job's own credentials, and keeps none")
	case q.Err != nil:
		return "", q.Err
	case q.Word == "list":
		return `{"` + host + `":"` + q.Grant.User + `"}` + "\n", nil
	case !q.Grant.covers(asked):
		return "", errors.New("credentials not found in native keychain")
	}
	return `{"ServerURL":"` + host + `","Username":"` + q.Grant.User + `","Secret":"` + q.Grant.Token.Reveal() + `"}` + "\n", nil
}
