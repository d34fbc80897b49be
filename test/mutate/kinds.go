package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// finder says what can be changed at one node.
type finder struct {
	source []byte
	base   int
	stack  []ast.Node
	emit   func(kind string, from, to token.Pos, with string)
}

func (f *finder) text(n ast.Node) string {
	return string(f.source[int(n.Pos())-f.base : int(n.End())-f.base])
}

func (f *finder) replace(kind string, n ast.Node, with string) {
	if with != f.text(n) {
		f.emit(kind, n.Pos(), n.End(), with)
	}
}

// visit looks at one node, and reports whether to go into it.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec, *ast.Comment:
		return false
	case *ast.IfStmt:
		f.condition(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			f.replace("never", n.Cond, "false && ("+f.text(n.Cond)+")")
		}
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			f.replace("negate", n, f.text(n.X))
		}
	case *ast.BinaryExpr:
		f.operator(n)
	case *ast.BasicLit:
		f.literal(n)
	case *ast.Ident:
		f.boolean(n)
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.clause(n)
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.ReturnStmt:
		f.results(n)
	case *ast.CallExpr:
		f.call(n)
	case *ast.CompositeLit:
		f.elements(n)
	case *ast.BranchStmt:
		f.branch(n)
	}
	return true
}

func (f *finder) condition(cond ast.Expr) {
	text := "(" + f.text(cond) + ")"
	f.replace("negate", cond, "!"+text)
	f.replace("never", cond, "false && "+text)
	f.replace("always", cond, "true || "+text)
}

var operators = map[token.Token]string{
	token.LAND: "||", token.LOR: "&&", token.EQL: "!=", token.NEQ: "==",
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">",
	token.ADD: "-", token.SUB: "+", token.MUL: "/", token.QUO: "*",
}

func (f *finder) operator(n *ast.BinaryExpr) {
	if other := operators[n.Op]; other != "" {
		x, y := f.text(n.X), f.text(n.Y)
		f.replace("operator", n, x+" "+other+" "+y)
		if n.Op == token.LAND || n.Op == token.LOR {
			f.replace("one side", n, x)
			f.replace("one side", n, y)
		}
	}
}

// prose is text for people: two words and more.
var prose = regexp.MustCompile(`[\pL,.:;'%\w]{2,} [\pL%(]`)

func (f *finder) literal(n *ast.BasicLit) {
	if field, ok := f.parent().(*ast.Field); ok && field.Tag == n {
		return
	}
	switch n.Kind {
	case token.INT:
		if number, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			f.replace("number", n, strconv.FormatInt(number+1, 10))
		}
	case token.STRING:
		if value, err := strconv.Unquote(n.Value); err == nil && value != "" && !prose.MatchString(value) {
			f.replace("string", n, `""`)
		}
	}
}

func (f *finder) boolean(n *ast.Ident) {
	switch n.Name {
	case "true":
		f.replace("boolean", n, "false")
	case "false":
		f.replace("boolean", n, "true")
	}
}

func (f *finder) statements(list []ast.Stmt) {
	for _, statement := range list {
		switch s := statement.(type) {
		case *ast.ExprStmt, *ast.DeferStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt:
			f.replace("drop statement", s, "")
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				f.replace("drop statement", s, "")
			}
		}
	}
}

// clause drops a case, or one of its values.
func (f *finder) clause(n *ast.CaseClause) {
	f.statements(n.Body)
	if n.List == nil {
		return
	}
	f.replace("drop case", n, "")
	f.drops("drop value", n.List)
}

// drops emits the list without each one of its elements.
func (f *finder) drops(kind string, list []ast.Expr) {
	for i, one := range list {
		switch {
		case i+1 < len(list):
			f.emit(kind, one.Pos(), list[i+1].Pos(), "")
		case i > 0:
			f.emit(kind, list[i-1].End(), one.End(), "")
		}
	}
}

func (f *finder) elements(n *ast.CompositeLit) {
	if len(n.Elts) == 1 {
		f.emit("drop element", n.Lbrace+1, n.Rbrace, "")
	}
	f.drops("drop element", n.Elts)
}

func (f *finder) branch(n *ast.BranchStmt) {
	if n.Label != nil {
		return
	}
	switch n.Tok {
	case token.CONTINUE:
		f.replace("branch", n, "break")
	case token.BREAK:
		f.replace("branch", n, "continue")
	}
}

// call drops what a function does to its argument, swaps arguments that follow each other, and appends nothing.
func (f *finder) call(n *ast.CallExpr) {
	name, args := f.text(n.Fun), n.Args
	_, statement := f.parent().(*ast.ExprStmt)
	switch {
	case len(args) == 0 || statement:
	case len(args) == 1, name == "append", strings.HasPrefix(name, "slices."), strings.HasPrefix(name, "strings."):
		f.replace("without call", n, f.text(args[0]))
	case name == "min" || name == "max":
		f.replace("without call", n, f.text(args[0]))
		f.replace("without call", n, f.text(args[1]))
	}
	for i := 1; i < len(args) && !n.Ellipsis.IsValid(); i++ {
		a, b := f.text(args[i-1]), f.text(args[i])
		if a != b {
			f.emit("swap", args[i-1].Pos(), args[i].End(), b+", "+a)
		}
	}
}

func (f *finder) parent() ast.Node { return f.stack[len(f.stack)-1] }

// results returns a zero value in place of each result.
func (f *finder) results(n *ast.ReturnStmt) {
	types := f.resultTypes()
	if len(types) != len(n.Results) {
		return
	}
	for i, value := range n.Results {
		if zero := f.zero(types[i]); zero != "" {
			f.replace("result", value, zero)
		}
		if name, ok := types[i].(*ast.Ident); ok && name.Name == "bool" && !f.isConstant(value) {
			f.replace("negate", value, "!("+f.text(value)+")")
			f.replace("result", value, "true")
		}
	}
}

func (f *finder) isConstant(value ast.Expr) bool {
	return slices.Contains([]string{"true", "false"}, f.text(value))
}

// resultTypes are those of the innermost function, one for each name.
func (f *finder) resultTypes() []ast.Expr {
	for _, n := range slices.Backward(f.stack) {
		var signature *ast.FuncType
		switch function := n.(type) {
		case *ast.FuncDecl:
			signature = function.Type
		case *ast.FuncLit:
			signature = function.Type
		default:
			continue
		}
		var types []ast.Expr
		if signature.Results != nil {
			for _, field := range signature.Results.List {
				types = append(types, slices.Repeat([]ast.Expr{field.Type}, max(1, len(field.Names)))...)
			}
		}
		return types
	}
	return nil
}

// zero is the zero value of a type as far as its syntax tells.
func (f *finder) zero(of ast.Expr) string {
	switch of.(type) {
	case *ast.StarExpr, *ast.ArrayType, *ast.MapType, *ast.FuncType:
		return "nil"
	}
	switch name := f.text(of); name {
	case "error":
		return "nil"
	case "string":
		return `""`
	case "bool":
		return "false"
	case "int", "int64", "time.Duration":
		return "0"
	case "time.Time":
		return name + "{}"
	}
	return ""
}
