package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// errorText is a text of an error as the source makes it, with … for what differs from one time to the other.
type errorText struct {
	pkg, text string
	fix       string // the hint that is printed below it; empty where the source has none beside it
}

// errorTexts reads the source of the shipped packages for the texts of their errors: of errors.New and fmt.Errorf, of each
// struct with a Fix, and of functions that return a cause and a fix. A text that has no words of its own is left out.
func errorTexts(t *testing.T) []errorText {
	t.Helper()
	var found []errorText
	for _, dir := range []string{
		"internal/inputs", "internal/cli", "internal/ci", "internal/login", "action", "internal/jfrog", "internal/httpapi",
		"internal/mapping", "internal/process",
	} {
		for _, text := range readSource(t, dir).texts() {
			if regexp.MustCompile(`\pL\pL`).MatchString(text.text) && !slices.Contains(found, text) {
				found = append(found, text)
			}
		}
	}
	return found
}

// source is the source of one package.
type source struct {
	pkg       string
	files     []*ast.File
	constants values
}

// values are the expressions that a function's parameters stand for in one of its calls.
type values map[string]ast.Expr

func readSource(t *testing.T, dir string) *source {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v: no source in %s", err, dir)
	}
	s := &source{pkg: dir, constants: values{}}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, file)
		for _, declaration := range file.Decls {
			if general, ok := declaration.(*ast.GenDecl); ok {
				maps.Copy(s.constants, constants(general))
			}
		}
	}
	return s
}

// constants are the names below a node that have one value each, or each of those of another name.
func constants(below ast.Node) values {
	found := values{}
	ast.Inspect(below, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, name := range n.Names[:len(n.Values)] {
				found[name.Name] = n.Values[i]
			}
		case *ast.AssignStmt:
			if name, ok := n.Lhs[0].(*ast.Ident); ok && n.Tok == token.DEFINE && len(n.Lhs) == 1 {
				found[name.Name] = n.Rhs[0]
			}
		case *ast.RangeStmt:
			if name, ok := n.Value.(*ast.Ident); ok {
				found[name.Name] = n.X
			}
		}
		return true
	})
	return found
}

// locals are the constants of the functions, as text.
func (s *source) locals(within []function, bound values) values {
	found := maps.Clone(bound)
	for _, f := range within {
		for name, value := range constants(f.body) {
			if found[name] == nil {
				found[name] = quoted(s.render(value, bound))
			}
		}
	}
	return found
}

func quoted(text string) ast.Expr {
	return &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(text)}
}

func (s *source) texts() []errorText {
	var found []errorText
	for _, file := range s.files {
		s.inspect(file, func(n ast.Node, within []function) {
			switch n := n.(type) {
			case *ast.CallExpr:
				if text := errorOf(n); text != nil {
					found = append(found, errorText{pkg: s.pkg, text: s.render(text, s.locals(within, values{}))})
				}
			case *ast.AssignStmt:
				if field, ok := n.Lhs[0].(*ast.SelectorExpr); ok && field.Sel.Name == "Message" {
					found = append(found, errorText{pkg: s.pkg, text: s.render(n.Rhs[0], s.locals(within, values{}))})
				}
			case *ast.CompositeLit:
				if list, ok := n.Type.(*ast.ArrayType); ok && isName(list.Elt, "string") && len(n.Elts) == 1 { // the lines of a diagnosis
					if text := s.render(n.Elts[0], s.locals(within, values{})); strings.Contains(text, " ") {
						found = append(found, errorText{pkg: s.pkg, text: text})
					}
					return
				}
				fields := fieldsOf(n)
				if fields["Fix"] == nil && !strings.HasSuffix(typeName(n.Type), "Error") || fields["Call"] != nil {
					return
				}
				for _, bound := range s.bindings(file, within, n, 0) {
					bound = s.locals(within, bound)
					fix := ""
					if fields["Fix"] != nil {
						fix = s.render(fields["Fix"], bound)
					}
					found = append(found, errorText{s.pkg, s.renderError(fields, bound), fix})
				}
			case *ast.ReturnStmt:
				f := within[len(within)-1]
				switch {
				case len(n.Results) == 2 && f.returnsCauseAndFix():
					found = append(found, errorText{s.pkg, s.render(n.Results[0], nil), s.render(n.Results[1], nil)})
				case slices.Contains([]string{"Error", "cause", "absent"}, f.name) && len(n.Results) == 1:
					found = append(found, errorText{pkg: s.pkg, text: s.render(n.Results[0], s.locals(within, values{}))})
				}
			}
		})
	}
	return found
}

// function is a function or a closure, with the name by which it is called.
type function struct {
	name string
	of   *ast.FuncType
	body *ast.BlockStmt
}

func (f function) returnsCauseAndFix() bool {
	return f.of.Results != nil && len(f.of.Results.List) == 1 && len(f.of.Results.List[0].Names) == 2 && f.of.Results.List[0].Names[1].Name == "fix"
}

func (f function) parameters() []string {
	var names []string
	for _, field := range f.of.Params.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

// inspect visits each node of a file, with the functions in which it is, the innermost last.
func (s *source) inspect(file *ast.File, visit func(n ast.Node, within []function)) {
	var stack []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		var within []function
		for i, outer := range stack {
			switch outer := outer.(type) {
			case *ast.FuncDecl:
				within = append(within, function{outer.Name.Name, outer.Type, outer.Body})
			case *ast.FuncLit:
				name := ""
				if assign, ok := stack[i-1].(*ast.AssignStmt); ok {
					if ident, ok := assign.Lhs[0].(*ast.Ident); ok {
						name = ident.Name
					}
				}
				within = append(within, function{name, outer.Type, outer.Body})
			}
		}
		visit(n, within)
		return true
	})
}

// bindings are the values of the parameters that an error is made of, once for each call of the function that makes it.
func (s *source) bindings(file *ast.File, within []function, n ast.Node, depth int) []values {
	for i := len(within) - 1; i >= 0 && depth < 3; i-- {
		f := within[i]
		parameters := f.parameters()
		if f.name == "" || !mentions(n, parameters) {
			continue
		}
		var all []values
		for _, other := range s.files {
			s.inspect(other, func(call ast.Node, callers []function) {
				c, ok := call.(*ast.CallExpr)
				if !ok || lastName(c) != f.name || len(c.Args) < len(parameters)-1 || i > 0 && other != file {
					return
				}
				for _, outer := range s.bindings(other, callers, c, depth+1) {
					all = append(all, s.arguments(c, f, s.locals(callers, outer))...)
				}
			})
		}
		if len(all) > 0 {
			return all
		}
		// It is called as a value only, as the functions in a table: its parameters can be anything.
	}
	return []values{{}}
}

// arguments are what a call gives the parameters of a function: once, or once for each of the texts that the last one takes.
func (s *source) arguments(call *ast.CallExpr, f function, outer values) []values {
	parameters, bound := f.parameters(), values{}
	last := len(parameters) - 1
	variadic, _ := f.of.Params.List[len(f.of.Params.List)-1].Type.(*ast.Ellipsis)
	kind := ""
	if variadic != nil {
		if ident, ok := variadic.Elt.(*ast.Ident); ok {
			kind = ident.Name
		}
	}
	for i, name := range parameters[:min(len(parameters), len(call.Args))] {
		text := s.render(call.Args[i], outer)
		if kind == "any" && i == last-1 {
			text = verbs.ReplaceAllStringFunc(text, verb) // a format, with what follows it
		}
		bound[name] = quoted(text)
	}
	if kind != "string" {
		return []values{bound}
	}
	var all []values
	for _, argument := range call.Args[last:] {
		one := maps.Clone(bound)
		one[parameters[last]] = quoted(s.render(argument, outer))
		all = append(all, one)
	}
	return all
}

// mentions reports whether one of the names is used in the node.
func mentions(n ast.Node, names []string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		ident, ok := n.(*ast.Ident)
		found = found || ok && slices.Contains(names, ident.Name)
		return !found
	})
	return found
}

func (s *source) renderError(fields map[string]ast.Expr, bound values) string {
	for _, name := range []string{"What", "Reason", "Message"} {
		if fields[name] == nil {
			continue
		}
		text := s.render(fields[name], bound)
		switch field := fields["Field"]; {
		case field != nil:
			return s.render(field, bound) + ": " + text
		case s.pkg == "internal/inputs" && bound["name"] != nil && fields["Field"] == nil:
			return s.render(bound["name"], nil) + ": " + text // the loader fills the field in
		case s.pkg == "internal/login":
			return "login: " + text
		}
		return text
	}
	return ""
}

// typeName is the name of a composite literal's type, without its package.
func typeName(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.Ident:
		return of.Name
	case *ast.SelectorExpr:
		return of.Sel.Name
	}
	return ""
}

func isName(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

func fieldsOf(literal *ast.CompositeLit) map[string]ast.Expr {
	fields := map[string]ast.Expr{}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok {
				fields[key.Name] = pair.Value
			}
		}
	}
	return fields
}

// errorOf is the text that a call makes an error, a warning or a line of the log of; nil for any other call.
func errorOf(call *ast.CallExpr) ast.Expr {
	switch name := lastName(call); {
	case calledName(call) == "fmt.Errorf":
		return &ast.CallExpr{Fun: &ast.SelectorExpr{X: ast.NewIdent("fmt"), Sel: ast.NewIdent("Sprintf")}, Args: call.Args}
	case calledName(call) == "errors.New", name == "Warn" && len(call.Args) == 1, name == "Unusable" && len(call.Args) > 0:
		return call.Args[0]
	case name == "misuse", name == "print" && len(call.Args) > 1:
		return call.Args[1]
	}
	return nil
}

func calledName(call *ast.CallExpr) string {
	if selector, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := selector.X.(*ast.Ident); ok {
			return x.Name + "." + selector.Sel.Name
		}
	}
	return lastName(call)
}

func lastName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

var verbs = regexp.MustCompile(`%[#+]?[qsvdxwc%]`)

func verb(v string) string {
	switch v {
	case "%%":
		return "%"
	case "%q":
		return `"…"`
	}
	return "…"
}

// render is the text of an expression, with … for what isn't known before it runs.
func (s *source) render(e ast.Expr, bound values) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return strings.ReplaceAll(s.render(e.X, bound)+s.render(e.Y, bound), "……", "…")
	case *ast.Ident:
		known := bound[e.Name]
		if known == nil {
			known = s.constants[e.Name]
		}
		if known != nil {
			return s.render(known, nil)
		}
	case *ast.CallExpr:
		if calledName(e) == "fmt.Sprintf" {
			return strings.ReplaceAll(verbs.ReplaceAllStringFunc(s.render(e.Args[0], bound), verb), "……", "…")
		}
	}
	return "…"
}
