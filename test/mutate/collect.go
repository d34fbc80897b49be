package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
)

// mutation is one change of one file.
type mutation struct {
	pkg, file, function string
	kind, text          string // what is done, and to what
	line                int
	source              []byte
	start, end          int
	with                string
}

// key names a mutation without its line, which moves.
func (m mutation) key() string { return m.file + " " + m.function + " " + m.kind + ": " + m.text }

func (m mutation) String() string {
	return fmt.Sprintf("%s:%d %s %s: %s", m.file, m.line, m.function, m.kind, m.text)
}

func (m mutation) apply() []byte {
	return slices.Concat(m.source[:m.start], []byte(m.with), m.source[m.end:])
}

// collect finds what can be changed in the files of a package that are built for Linux.
func collect(root, pkg string) ([]mutation, error) {
	system := build.Default
	system.GOOS, system.CgoEnabled = "linux", false
	folder, err := system.ImportDir(filepath.Join(root, pkg), 0)
	if err != nil {
		return nil, err
	}
	var all []mutation
	for _, name := range folder.GoFiles {
		source, err := os.ReadFile(filepath.Join(root, pkg, name))
		if err != nil {
			return nil, err
		}
		found, err := mutations(pkg, path.Join(pkg, name), source)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// mutations finds what can be changed in one file.
func mutations(pkg, file string, source []byte) ([]mutation, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []mutation
	f := &finder{source: source, base: set.File(parsed.Pos()).Base()}
	f.emit = func(kind string, from, to token.Pos, with string) {
		start, end := int(from)-f.base, int(to)-f.base
		text := short(source[start:end])
		if with != "" {
			text += " -> " + short([]byte(with))
		}
		all = append(all, mutation{
			pkg: pkg, file: file, function: functionName(f.stack), kind: kind, text: text,
			line: set.Position(from).Line, source: source, start: start, end: end, with: with,
		})
	}
	ast.PreorderStack(parsed, nil, func(n ast.Node, stack []ast.Node) bool {
		f.stack = stack
		return f.visit(n)
	})
	return all, nil
}

// short is source text on one line, cut where it gets long.
func short(text []byte) string {
	line := string(bytes.Join(bytes.Fields(text), []byte(" ")))
	if len(line) > 100 {
		return line[:100] + "..."
	}
	return line
}

// functionName names the declaration that a place is in.
func functionName(stack []ast.Node) string {
	for _, n := range stack {
		if function, ok := n.(*ast.FuncDecl); ok {
			return function.Name.Name
		}
	}
	return "-"
}

// queue gives a package's mutations, each kind in turn.
type queue struct {
	mu    sync.Mutex
	kinds [][]mutation
	turn  int
}

func newQueue(all []mutation, seed uint64) *queue {
	chance := rand.New(rand.NewPCG(seed, uint64(len(all))))
	chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	byKind := map[string][]mutation{}
	var names []string
	for _, m := range all {
		if byKind[m.kind] == nil {
			names = append(names, m.kind)
		}
		byKind[m.kind] = append(byKind[m.kind], m)
	}
	q := &queue{}
	for _, name := range names {
		q.kinds = append(q.kinds, byKind[name])
	}
	return q
}

func (q *queue) next() (mutation, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range q.kinds {
		i := q.turn % len(q.kinds)
		q.turn++
		if len(q.kinds[i]) > 0 {
			m := q.kinds[i][0]
			q.kinds[i] = q.kinds[i][1:]
			return m, true
		}
	}
	return mutation{}, false
}
