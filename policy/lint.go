package policy

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// lint finds what compiles and is wrong all the same: data that is not there, and walks over everything.
func (s *Set) lint() []Problem {
	if s.compiler.Failed() {
		return nil
	}
	parts := slices.Sorted(maps.Keys(nodeSchemas()))
	var problems []Problem
	for file, m := range s.compiler.Modules {
		report := func(l *ast.Location, message string) {
			at := positionOf(l)
			at.File = file
			problems = append(problems, Problem{at, message})
		}
		ast.WalkRules(m, func(rule *ast.Rule) bool {
			wide := wideVars(rule)
			ast.WalkExprs(rule, func(x *ast.Expr) bool {
				if x.IsCall() && x.Operator().String() == "walk" && (readsAll(x.Operand(0)) || wide[x.Operand(0).String()]) {
					report(x.Location, "it walks over all data, which takes longer with every service: name the path")
				}
				return false
			})
			return false
		})
		ast.WalkRefs(m, func(r ast.Ref) bool {
			if word, ok := strange(r, 1, s.packages()); ok {
				report(r[0].Location, "there is no data."+word+": "+unknownWord(word, s.packages()))
			}
			if word, ok := strange(r, 2, parts); ok && r[1].Equal(ast.StringTerm("graph")) {
				report(r[0].Location, "there is no data.graph."+word+": "+unknownWord(word, parts))
			}
			return false
		})
		ast.WalkWiths(m, func(w *ast.With) bool {
			report(w.Location, "with is for tests: a policy that replaces input or data judges something else than the fleet")
			return false
		})
	}
	return sortProblems(problems)
}

// wideVars are the variables of a rule that stand for all data: the compiler puts one in place of an argument.
func wideVars(rule *ast.Rule) map[string]bool {
	wide := map[string]bool{}
	ast.WalkExprs(rule, func(x *ast.Expr) bool {
		if x.IsEquality() || x.IsAssignment() {
			if a, b := x.Operand(0), x.Operand(1); readsAll(b) {
				wide[a.String()] = true
			} else if readsAll(a) {
				wide[b.String()] = true
			}
		}
		return false
	})
	return wide
}

// readsAll reports whether a term is data, data.graph, data.objects, or one of their sections as a whole.
func readsAll(t *ast.Term) bool {
	if t == nil {
		return false
	}
	r, ok := t.Value.(ast.Ref)
	if !ok || !r.HasPrefix(ast.DefaultRootRef) {
		return false
	}
	return len(r) <= 2 || len(r) == 3 && r[1].Equal(ast.StringTerm("graph"))
}

// strange returns the word at a place of a reference to data, if it is none of those that may be there.
func strange(r ast.Ref, i int, known []string) (string, bool) {
	if !r.HasPrefix(ast.DefaultRootRef) || len(r) <= i {
		return "", false
	}
	word, ok := r[i].Value.(ast.String)
	return string(word), ok && !slices.Contains(known, string(word))
}

// packages are the words that may follow data: muster's own, and the first of the packages of all modules.
func (s *Set) packages() []string {
	list := []string{"graph", "muster", "objects"}
	for _, m := range s.modules {
		if word, ok := m.Package.Path[1].Value.(ast.String); ok && !slices.Contains(list, string(word)) {
			list = append(list, string(word))
		}
	}
	slices.Sort(list)
	return list
}

// sectionsRead are the sections of data.graph that modules name; nil if one of them may read any.
func sectionsRead(c *ast.Compiler) map[string]bool {
	wanted := map[string]bool{}
	all := false
	names := nodeSchemas()
	for _, m := range c.Modules {
		ast.WalkRefs(m, func(r ast.Ref) bool {
			if !r.HasPrefix(ast.DefaultRootRef) {
				return false
			}
			if len(r) == 1 {
				all = true
				return false
			}
			if word, ok := r[1].Value.(ast.String); ok && word != "graph" {
				return false
			}
			if len(r) < 3 {
				all = true
				return false
			}
			word, ok := r[2].Value.(ast.String)
			all = all || !ok
			if _, known := names[string(word)]; ok && known {
				wanted[string(word)] = true
			}
			return false
		})
	}
	if all {
		return nil
	}
	return wanted
}
