package clients

import (
	"path/filepath"
	"testing"

	"github.com/frogmint/frogmint/internal/sandbox/sandboxtest"
)

// nupkg is a package that depends on another, or on none.
func nupkg(t *testing.T, id, needs string) []byte {
	t.Helper()
	if needs != "" {
		needs = `<dependencies><dependency id="` + needs + `" version="1.0.0"/></dependencies>`
	}
	return archive(t,
		[2]string{id + ".nuspec", `<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata><id>` + id +
			`</id><version>1.0.0</version><authors>us</authors><description>x</description>` + needs + `</metadata></package>`},
		[2]string{"lib/netstandard2.0/_._", ""},
	)
}

// A package of the job's repository needs one of a source that the user's own configuration names.
func TestNuget(t *testing.T) {
	t.Parallel()
	j := newJob(t, sandboxtest.Start(t), "dotnet")
	j.env["DOTNET_CLI_TELEMETRY_OPTOUT"], j.env["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "1", "false"
	j.env["DOTNET_DISABLE_MULTICOREJIT"], j.env["TMPDIR"] = "1", j.env["CACHE"] // what it has compiled it would keep in the home
	j.env["NUGET_PACKAGES"], j.env["NUGET_HTTP_CACHE_PATH"] = filepath.Join(j.env["CACHE"], "packages"), filepath.Join(j.env["CACHE"], "http")
	own(t, j, ".nuget/NuGet/NuGet.Config", `<configuration><packageSources><add key="theirs" value="`+filepath.Join(j.work, "steps", "theirs")+`"/></packageSources></configuration>`)
	j.write("theirs/Acme.Base.1.0.0.nupkg", nupkg(t, "Acme.Base", ""))
	j.write("out/Acme.Hello.1.0.0.nupkg", nupkg(t, "Acme.Hello", "Acme.Base"))
	j.write("nuget.config", []byte(`<configuration><packageSources><add key="nuget_local" value="`+j.box.URL+`/artifactory/api/nuget/v3/nuget-local/index.json" protocolVersion="3"/></packageSources></configuration>`))
	j.write("app/app.csproj", []byte(`<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>netcoreapp3.1</TargetFramework></PropertyGroup>
<ItemGroup><PackageReference Include="Acme.Hello" Version="1.0.0"/></ItemGroup></Project>`))
	if status, out := j.run(j.env, "dotnet", "nuget", "--version"); status != 0 { // it welcomes who it doesn't know yet, in files
		t.Fatalf("exit status %d\n%s", status, out)
	}
	const restore = "dotnet restore app --no-cache --force"
	j.check("nuget=nuget-local", `
dotnet nuget push out/*.nupkg --source nuget_local
`+restore+`
test -s "$NUGET_PACKAGES/acme.hello/1.0.0/acme.hello.nuspec"; test -s "$NUGET_PACKAGES/acme.base/1.0.0/acme.base.nuspec"`,
		`rm -r "$NUGET_PACKAGES"; `+restore, "401")
	j.afterwards("dotnet nuget push out/*.nupkg --source nuget_local 2>&1")
}
