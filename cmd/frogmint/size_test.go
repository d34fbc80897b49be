package main

import (
	"cmp"
	"context"
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/frogmint/frogmint/test/docs"
)

// most is the size of the shipped binary that must not be passed, in bytes. One import can add two million: text/template
// and what uses it (AddStepSummaryTemplate of go-githubactions, too) keeps the linker from leaving methods out.
const most = 7_600_000

// TestSize holds the size of the binary. With -update it writes into docs/performance.md which package costs what; the table
// isn't compared, since every change moves it by a little.
func TestSize(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() >= most {
		t.Errorf("%d bytes, %d is the limit", info.Size(), most)
	}
	if *update {
		symbols := filepath.Join(t.TempDir(), "frogmint")
		if err := linked(symbols, ""); err != nil {
			t.Fatal(err)
		}
		docs.Compare(t, true, "../../docs/performance.md", "sizes", sizeTable(t, symbols, info.Size()))
	}
}

// shipped is the path of the binary as it is shipped. It is built once.
func shipped(t testing.TB) string {
	t.Helper()
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

var built = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch, "frogmint")
	return binary, linked(binary, "-s -w -funcalign=8")
})

// linked builds the binary as it is shipped, but for the linker's flags.
func linked(binary, flags string) error {
	shared, err := os.ReadFile("build.flags")
	if err != nil {
		return err
	}
	build := behind(context.Background(), "go", "build", "-ldflags", flags, "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS="+string(shared))
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// behind is a command that gives way to the tests that hold frogmint to seconds.
func behind(ctx context.Context, name string, args ...string) *exec.Cmd {
	nice, err := exec.LookPath("nice")
	if err != nil {
		return exec.CommandContext(ctx, name, args...)
	}
	return exec.CommandContext(ctx, nice, append([]string{"-n", "19", name}, args...)...)
}

// sizeTable adds up the symbols of each package. What the linker makes for all of them together is a row of its own.
func sizeTable(t *testing.T, binary string, total int64) string {
	t.Helper()
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	rest := total
	for _, symbol := range symbols {
		section := int(symbol.Section)
		if section >= len(file.Sections) || file.Sections[section].Type == elf.SHT_NOBITS {
			continue
		}
		sizes[sizeGroup(packageOf(symbol.Name))] += int64(symbol.Size) //nolint:gosec // smaller than the file
		rest -= int64(symbol.Size)                                     //nolint:gosec // likewise
	}
	sizes[linkerTables] += rest
	var b strings.Builder
	b.WriteString("| package | kB |\n|---|---:|\n")
	others := int64(0)
	for _, name := range slices.SortedFunc(maps.Keys(sizes), func(a, b string) int { return cmp.Compare(sizes[b], sizes[a]) }) {
		if sizes[name] < 15_000 {
			others += sizes[name]
			continue
		}
		fmt.Fprintf(&b, "| %s | %d |\n", name, (sizes[name]+500)/1000)
	}
	fmt.Fprintf(&b, "| others, each below 15 | %d |\n| **the binary** | **%d** |\n", (others+500)/1000, (total+500)/1000)
	return b.String()
}

// packageOf is the package of a symbol; empty for what the linker makes.
func packageOf(symbol string) string {
	symbol, _, _ = strings.Cut(symbol, "[") // type arguments name other packages
	if strings.HasPrefix(symbol, "go:") || strings.HasPrefix(symbol, "type:") {
		return ""
	}
	dir, name := filepath.Split(symbol)
	name, _, found := strings.Cut(name, ".")
	if !found {
		return ""
	}
	return dir + name
}

// sizeGroup puts the small packages of the standard library together. The first group that fits counts.
func sizeGroup(name string) string {
	if name == "" {
		return linkerTables
	}
	if own, ok := strings.CutPrefix(name, module+"/"); ok {
		return own
	}
	for _, group := range [][]string{
		{"crypto/tls", "crypto/tls"},
		{"crypto/x509, encoding/asn1", "crypto/x509", "encoding/asn1"},
		{"crypto, the rest", "crypto", "vendor/golang.org/x/crypto", "math/big"},
		{"net/http, mime, compress", "net/http", "mime", "compress"},
		{"net, idna", "net", "vendor/golang.org/x/net", "vendor/golang.org/x/text"},
		{"runtime", "runtime", "internal/runtime", "internal/abi", "internal/cpu", "internal/bytealg", "internal/bisect"},
		{"os, syscall", "os", "syscall", "internal/poll", "internal/syscall"},
		{"regexp, which go-githubactions imports, too", "regexp"},
		{"text/template, which go-githubactions imports", "text/template", "html"},
		{"encoding/gob, which go-envconfig imports", "encoding/gob"},
	} {
		for _, prefix := range group[1:] {
			if name == prefix || strings.HasPrefix(name, prefix+"/") {
				return group[0]
			}
		}
	}
	return name
}

const linkerTables = "tables of the linker: line numbers, stack maps, types, texts"
