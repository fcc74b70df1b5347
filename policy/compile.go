package policy

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/analyzer"
)

// Policy is one policy of a set.
type Policy struct {
	Metadata
	Builtin bool
	File    string
	// Rule is what its findings belong to.
	Rule *analyzer.Rule
}

// Set is a number of policies that were compiled together. It may be used by several goroutines.
type Set struct {
	Policies []*Policy // by id
	// Refused are the problems of modules that are not part of the set, and those of METADATA.
	Refused []Problem

	compiler *ast.Compiler
	modules  map[string]*ast.Module // by file
	wanted   map[string]bool        // sections of data.graph that some module reads; nil = all
}

// rulesPath is where the packages of policies are: data.muster.rules.<ID>.
var rulesPath = []string{"muster", "rules"}

// Compile parses and compiles modules; tests among them are left out. A module that is wrong is refused, with all that
// needs it, and the others stay.
func Compile(sources []Source) *Set {
	s := &Set{modules: map[string]*ast.Module{}}
	packages := map[string]string{} // path -> file
	slices.SortStableFunc(sources, func(a, b Source) int {
		return cmp.Or(boolRank(b.Builtin != nil)-boolRank(a.Builtin != nil), strings.Compare(a.File, b.File))
	})
	for _, src := range sources {
		if src.test() {
			continue
		}
		if s.modules[src.File] != nil {
			continue // named twice
		}
		m, problems := parse(src)
		if m == nil {
			s.Refused = append(s.Refused, problems...)
			continue
		}
		p, more := classify(m, src, packages)
		s.Refused = append(s.Refused, append(problems, more...)...)
		if len(problems)+len(more) > 0 {
			continue
		}
		packages[m.Package.Path.String()] = src.File
		s.modules[src.File] = m
		if p != nil {
			s.Policies = append(s.Policies, p)
		}
	}
	s.compile()
	s.Policies = slices.DeleteFunc(s.Policies, func(p *Policy) bool { return s.modules[p.File] == nil })
	slices.SortFunc(s.Policies, func(a, b *Policy) int { return strings.Compare(a.ID, b.ID) })
	s.Refused = sortProblems(s.Refused)
	s.wanted = sectionsRead(s.compiler)
	return s
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func sortProblems(list []Problem) []Problem {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(a.Position.Compare(b.Position), strings.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(list, func(a, b Problem) bool {
		return a.Message == b.Message && a.Position.Compare(b.Position) == 0
	})
}

func parse(src Source) (*ast.Module, []Problem) {
	m, err := ast.ParseModuleWithOpts(src.File, string(src.Text), ast.ParserOptions{
		Capabilities: capabilities(), ProcessAnnotation: true, RegoVersion: ast.RegoV1,
	})
	if err != nil {
		return nil, problemsOf(src.File, err)
	}
	if m == nil {
		return nil, []Problem{problemf(src.File, "there is nothing in it")}
	}
	return m, nil
}

// classify tells policies from modules that merely help them, and refuses packages that would get in the way of data or
// of other policies.
func classify(m *ast.Module, src Source, packages map[string]string) (*Policy, []Problem) {
	at := positionOf(m.Package.Location)
	refuse := func(message string) (*Policy, []Problem) { return nil, []Problem{{at, message}} }
	var words []string
	for _, t := range m.Package.Path[1:] {
		word, _ := t.Value.(ast.String)
		words = append(words, string(word))
	}
	if other := packages[m.Package.Path.String()]; other != "" {
		return refuse("the package " + strings.Join(words, ".") + " is that of " + other + " already")
	}
	if len(words) != 3 || !slices.Equal(words[:2], rulesPath) {
		if slices.Contains([]string{"muster", "graph", "objects", "system"}, words[0]) {
			return refuse("the package " + strings.Join(words, ".") + " belongs to muster: want muster.rules.ACME_001 for a policy, or any other name for functions that policies share")
		}
		return nil, nil
	}
	meta, problems := metadataOf(m, words[2], src.Builtin != nil)
	if !definesFindings(m) {
		problems = append(problems, Problem{at, "it has no set of findings: want findings contains {\"id\": …} if …"})
	}
	p := &Policy{Metadata: meta, Builtin: src.Builtin != nil, File: src.File}
	if p.Builtin {
		p.Rule = src.Builtin
		if p.Rule.ID != meta.ID || p.Rule.Title != meta.Title {
			problems = append(problems, Problem{meta.Position, "METADATA: id and title are not those of rule.yaml"})
		}
		return p, problems
	}
	p.Rule = &analyzer.Rule{ID: meta.ID, Slug: meta.Slug, Title: meta.Title, OptIn: meta.Off}
	for _, x := range meta.Params {
		p.Rule.Params = append(p.Rule.Params, x.Param)
	}
	return p, problems
}

// definesFindings reports whether a module has a partial set of that name, and nothing else of it.
func definesFindings(m *ast.Module) bool {
	found := false
	for _, r := range m.Rules {
		if r.Head.Ref().String() == "findings" || r.Head.Name == "findings" {
			if r.Head.RuleKind() != ast.MultiValue {
				return false
			}
			found = true
		}
	}
	return found
}

// capabilities are what policies may use: no network, no clock, no randomness, nothing of the process and its
// environment. Use of anything else is an error of compilation.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.AllowNet = []string{}
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return b.Nondeterministic || strings.HasPrefix(b.Name, "net.") || b.Name == "io.jwt.decode_verify"
	})
	return c
}

// compile checks types with what the schemas say, and compiles. Modules with errors are dropped until none is left.
func (s *Set) compile() {
	for {
		var problems []Problem
		if slices.ContainsFunc(s.Policies, func(p *Policy) bool { return !p.Builtin }) || len(s.modules) != len(s.Policies) {
			problems = s.check() // tests check the built-in ones
		}
		if len(problems) == 0 {
			s.compiler = newCompiler()
			s.compiler.Compile(s.modules)
			problems = append(problemsOf("", failed(s.compiler)), s.lint()...)
		}
		if len(problems) == 0 {
			return
		}
		s.Refused = append(s.Refused, problems...)
		before := len(s.modules)
		for _, p := range problems {
			delete(s.modules, p.Position.File)
		}
		if len(s.modules) == before { // an error that belongs to no module: none can be trusted
			clear(s.modules)
		}
	}
}

func newCompiler() *ast.Compiler {
	return ast.NewCompiler().WithCapabilities(capabilities()).WithStrict(true).WithUseTypeCheckAnnotations(true).SetErrorLimit(0)
}

// failed is the error of a compiler, or nil.
func failed(c *ast.Compiler) error {
	if c.Failed() {
		return c.Errors
	}
	return nil
}

// check compiles the modules with what input and data.graph hold, and returns what is wrong with them.
func (s *Set) check() []Problem {
	types, nodes, err := standIn()
	if err != nil {
		return []Problem{problemf("", "%v", err)}
	}
	params := map[string][]analyzer.Param{}
	for _, p := range s.Policies {
		params[p.ID] = p.Rule.Params
	}
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, inputSchema(params).raw())
	schemas.Put(ast.SchemaRootRef.Append(ast.StringTerm("nodes")), nodes.raw())
	c := newCompiler().WithSchemas(schemas)
	modules := maps.Clone(s.modules)
	modules[standInFile] = types
	c.Compile(modules)
	return problemsOf("", failed(c))
}

// problemsOf takes the errors of OPA apart.
func problemsOf(file string, err error) []Problem {
	if err == nil {
		return nil
	}
	list, ok := errors.AsType[ast.Errors](err)
	if !ok {
		if one, ok := errors.AsType[*ast.Error](err); ok {
			list = ast.Errors{one}
		}
	}
	if len(list) == 0 {
		return []Problem{problemf(file, "%v", err)}
	}
	var out []Problem
	for _, e := range list {
		at := positionOf(e.Location)
		if at.File == "" {
			at.File = file
		}
		out = append(out, Problem{at, wording(e)})
	}
	return out
}

// wording says what is wrong in one line, with what was probably meant.
func wording(e *ast.Error) string {
	message := strings.Join(strings.Fields(e.Message), " ")
	d, ok := e.Details.(*ast.RefErrInvalidDetail)
	if !ok && e.Details != nil {
		message += ": " + strings.Join(strings.Fields(strings.Join(e.Details.Lines(), " ")), " ")
	}
	if !ok || d.Pos >= len(d.Ref) {
		return message
	}
	got, isText := d.Ref[d.Pos].Value.(ast.String)
	var want []string
	for _, v := range d.OneOf {
		if s, ok := v.(ast.String); ok && s != closing {
			want = append(want, string(s))
		}
	}
	if !isText || len(d.OneOf) == 0 {
		return message
	}
	if len(want) == 0 {
		return "there is no " + string(got) + " here, nor anything else"
	}
	return "there is no " + string(got) + " here: " + unknownWord(string(got), want)
}
