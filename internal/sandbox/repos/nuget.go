package repos

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// nuget serves api/nuget/REPO, which takes packages and gives them out again, and api/nuget/v3/REPO, whose index tells of
// it, with the paths of an index among JFrog's test data. It names no PackageBaseAddress, as of a repository that doesn't
// enforce its layout (documented). The feeds of the older API aren't served.
func (c *call) nuget() {
	isV3 := c.Key == "v3"
	if isV3 {
		c.Key, c.item, _ = strings.Cut(c.item, "/")
	}
	what, rest, _ := strings.Cut(strings.TrimPrefix(c.item, "registration-semver2/"), "/")
	switch {
	case c.r.Method == http.MethodPut && !isV3:
		c.nugetPush()
	case !c.reads():
		c.refuse(http.StatusMethodNotAllowed)
	case what == "Download":
		c.nugetDownload(rest)
	case isV3 && (c.item == "" || c.item == "index.json"):
		c.nugetServices()
	case isV3 && c.item == "query":
		c.nugetSearch(strings.ToLower(c.r.URL.Query().Get("q")))
	case isV3 && rest == "index.json":
		c.nugetRegistration(what)
	default:
		c.refuse(http.StatusNotFound)
	}
}

// nugetURL is where the newer API is.
func (c *call) nugetURL() string { return c.base + "/artifactory/api/nuget/v3/" + c.Key }

func (c *call) nugetServices() {
	older, registration := c.base+"/artifactory/api/nuget/"+c.Key, c.nugetURL()+"/registration-semver2/"
	c.greet(map[string]any{"version": "3.0.0", "resources": []map[string]string{
		{"@type": "SearchQueryService", "@id": c.nugetURL() + "/query"},
		{"@type": "RegistrationsBaseUrl/3.6.0", "@id": registration},
		{"@type": "RegistrationsBaseUrl/Versioned", "@id": registration, "clientVersion": "4.3.0-alpha"},
		{"@type": "LegacyGallery/2.0.0", "@id": older},
		{"@type": "PackagePublish/2.0.0", "@id": older},
	}})
}

// nuspec is what is read of a package.
type nuspec struct {
	ID      string `xml:"metadata>id"`
	Version string `xml:"metadata>version"`
}

// readNuspec reads the .nuspec at the top of a package; nothing where there isn't a single one.
func readNuspec(nupkg []byte) (n nuspec) {
	archive, err := zip.NewReader(bytes.NewReader(nupkg), int64(len(nupkg)))
	if err != nil {
		return n
	}
	names, _ := fs.Glob(archive, "*.nuspec") // the pattern is right
	if len(names) != 1 {
		return n
	}
	text, err := archive.Open(names[0])
	if err != nil || xml.NewDecoder(io.LimitReader(text, maxBody)).Decode(&n) != nil {
		return nuspec{}
	}
	return n
}

// path is that of a version below an address: in lower case, as clients ask for it.
func (n nuspec) path() string { return strings.ToLower(n.ID + "/" + n.Version) }

// nugetPush stores a package in the folder that the path names, under the name and version in it.
func (c *call) nugetPush() {
	_, data := c.formFile("package")
	n := readNuspec(data)
	switch {
	case !c.nugetKey():
		c.refuse(http.StatusForbidden)
	case n.ID == "" || n.Version == "":
		c.refuse(http.StatusBadRequest)
	case c.Store(map[string][]byte{path.Join(c.item, n.ID+"."+n.Version+".nupkg"): data}):
		c.send(http.StatusCreated, "", nil)
	}
}

// nugetKey takes what --api-key sends as credentials: USER:PASSWORD, or a token (both documented). It may be missing, and one
// that isn't known is refused, whatever else is shown (both reported); that a known one comes first is inferred.
func (c *call) nugetKey() bool {
	key := c.r.Header.Get("X-NuGet-ApiKey")
	if key == "" {
		return true
	}
	c.Authorization = "Bearer " + key
	if strings.Contains(key, ":") {
		c.Authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(key))
	}
	_, known := c.Authenticated()
	return known
}

// nugetPackages gives the packages that fit by what is in them, or sends a refusal on.
func (c *call) nugetPackages(fits func(nuspec) bool) (packages map[nuspec][]byte, ok bool) {
	files, ok := c.Read(c.List(""))
	packages = map[nuspec][]byte{}
	for _, data := range files {
		if n := readNuspec(data); n.ID != "" && fits(n) {
			packages[n] = data
		}
	}
	return packages, ok
}

func (c *call) nugetDownload(version string) {
	packages, ok := c.nugetPackages(func(n nuspec) bool { return n.path() == strings.ToLower(version) })
	found := slices.Collect(maps.Values(packages))
	if ok && len(found) == 0 {
		c.refuse(http.StatusNotFound)
	} else if ok {
		c.send(http.StatusOK, "application/octet-stream", found[0])
	}
}

// nugetRegistration has all versions of a package, each on a page of its own. Clients read dependencies from the package.
func (c *call) nugetRegistration(id string) {
	packages, ok := c.nugetPackages(func(n nuspec) bool { return strings.EqualFold(n.ID, id) })
	base, pages := c.nugetURL()+"/registration-semver2/", []any{}
	for n := range packages {
		content := base + "Download/" + n.path()
		entry := map[string]any{"id": n.ID, "version": n.Version, "listed": true, "packageContent": content}
		leaf := map[string]any{"@id": base + n.path() + ".json", "catalogEntry": entry, "packageContent": content}
		pages = append(pages, map[string]any{"@id": base + id + "/index.json", "count": 1, "lower": n.Version, "upper": n.Version, "items": []any{leaf}})
	}
	if ok && len(pages) == 0 {
		c.refuse(http.StatusNotFound)
	} else if ok {
		c.sendJSON(http.StatusOK, map[string]any{"@id": base + id + "/index.json", "count": len(pages), "items": pages})
	}
}

// nugetSearch finds packages by a part of the name.
func (c *call) nugetSearch(part string) {
	packages, ok := c.nugetPackages(func(n nuspec) bool { return strings.Contains(strings.ToLower(n.ID), part) })
	versions := map[string][]string{}
	for n := range packages {
		versions[n.ID] = append(versions[n.ID], n.Version)
	}
	data := []any{}
	for id, numbers := range versions {
		all := []any{}
		for _, number := range numbers {
			all = append(all, map[string]any{"version": number, "downloads": 0, "@id": c.nugetURL() + "/registration-semver2/" + nuspec{id, number}.path() + ".json"})
		}
		data = append(data, map[string]any{"id": id, "version": latest(numbers), "versions": all})
	}
	if ok {
		c.sendJSON(http.StatusOK, map[string]any{"totalHits": len(data), "data": data})
	}
}
