package action

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// upward are the calls that go back up the reading order of docs/architecture.md, each with its reason there.
func upward() []string {
	return []string{
		"refresh.go -> revoke.go",
		"sweep.go -> exchange.go",
		"sweep.go -> orphan.go",
		"sweep.go -> rollback.go",
	}
}

// TestReadingOrder holds the order in which docs/architecture.md lists the files: calls go down it.
func TestReadingOrder(t *testing.T) {
	t.Parallel()
	order := readingOrder(t)
	files, declared := parse(t)
	for name := range files {
		if name != "doc.go" && !slices.Contains(order, name) {
			t.Errorf("docs/architecture.md doesn't list %s", name)
		}
	}
	var back []string
	for name, file := range files {
		for _, called := range calls(file) {
			to, known := declared[called]
			if known && slices.Index(order, to) < slices.Index(order, name) {
				back = append(back, name+" -> "+to)
			}
		}
	}
	slices.Sort(back)
	if back = slices.Compact(back); !slices.Equal(back, upward()) {
		t.Errorf("calls that go back up:\n%s\nwant:\n%s", strings.Join(back, "\n"), strings.Join(upward(), "\n"))
	}
}

func readingOrder(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "## The library in reading order")
	table, _, _ = strings.Cut(table, "## Packages")
	var order []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+\\.go)` \\|").FindAllStringSubmatch(table, -1) {
		order = append(order, row[1])
	}
	if len(order) < 20 {
		t.Fatalf("only %d files are listed", len(order))
	}
	return order
}

// parse reads the package, and tells in which file each function or method stands whose name is declared once. The
// methods of the interfaces that callers implement stand in no file.
func parse(t *testing.T) (files map[string]*ast.File, declared map[string]string) {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files, declared = map[string]*ast.File{}, map[string]string{}
	count := map[string]int{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = file
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok {
				count[f.Name.Name]++
				declared[f.Name.Name] = path
			}
		}
	}
	for name, n := range count {
		if n > 1 || slices.Contains([]string{"Info", "Warn", "send", "mint"}, name) {
			delete(declared, name)
		}
	}
	return files, declared
}

// calls are the names of what a file calls, those of other packages aside.
func calls(file *ast.File) []string {
	imported := map[string]bool{}
	for _, i := range file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		imported[path[strings.LastIndex(path, "/")+1:]] = true
	}
	var names []string
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			names = append(names, f.Name)
		case *ast.SelectorExpr:
			if of, ok := f.X.(*ast.Ident); !ok || !imported[of.Name] {
				names = append(names, f.Sel.Name)
			}
		}
		return true
	})
	return names
}
