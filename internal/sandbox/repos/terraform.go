package repos

import (
	"crypto/rand"
	"net/http"
	"path"
	"strings"
	"time"
)

// terraform serves api/terraform/v1/modules/REPO__NAMESPACE/NAME/PROVIDER by Terraform's protocol, and before that says where it
// is. A module is deployed as NAMESPACE/NAME/PROVIDER/VERSION.zip.
func (c *call) terraform() {
	module, isModule := strings.CutPrefix(c.item, "modules/")
	c.Key, c.item, _ = strings.Cut(module, "__")
	folder, isList := strings.CutSuffix(c.item, "versions")
	switch {
	case !c.reads():
		c.refuse(http.StatusMethodNotAllowed)
	case module == ".well-known/terraform.json":
		c.sendJSON(http.StatusOK, map[string]string{"modules.v1": c.base + "/artifactory/api/terraform/v1/modules/"})
	case isModule && isList:
		versions := []any{}
		items, ok := c.List(folder)
		for _, item := range items {
			versions = append(versions, map[string]string{"version": strings.TrimSuffix(path.Base(item), ".zip")})
		}
		if ok {
			c.sendJSON(http.StatusOK, map[string]any{"modules": []any{map[string]any{"versions": versions}}})
		}
	case isModule:
		c.terraformArchive()
	default:
		c.refuse(http.StatusNotFound)
	}
}

// terraformArchive gives a module, or the address to get it from. Terraform has no credentials for that but the address's own:
// that JFrog puts a ticket into it is inferred, and that it begins with a slash observed.
func (c *call) terraformArchive() {
	version, asks := strings.CutSuffix(c.item, "/download")
	if credentials, ok := c.h.tickets.Load(c.r.URL.Query().Get("ticket")); ok {
		c.Authorization, _ = credentials.(string)
	}
	a := c.Get(version + ".zip")
	if !asks || a.Status != http.StatusOK {
		a.Send(c.w)
		return
	}
	ticket := rand.Text()
	c.h.tickets.Store(ticket, c.Authorization)
	time.AfterFunc(time.Minute, func() { c.h.tickets.Delete(ticket) })
	c.w.Header().Set("X-Terraform-Get", path.Dir(c.r.URL.EscapedPath())+"?archive=zip&ticket="+ticket)
	c.w.WriteHeader(http.StatusNoContent)
}
