package terraform

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// impure are the functions whose results no plan shows.
var impure = []string{"timestamp", "plantimestamp", "uuid", "bcrypt", "rsadecrypt", "abspath"}

func (t *tracer) call(s *scope, e *hclsyntax.FunctionCallExpr, f frame, path []step) {
	switch {
	case slices.Contains(impure, e.Name):
		t.cause("the result of %s is not known before apply", e.Name)
		return
	case e.Name == "lookup" && len(e.Args) >= 2:
		if key, _ := s.quietly(e.Args[1], f).Unmark(); isText(key) {
			t.follow(s, e.Args[0], f, append([]step{key}, path...))
			return
		}
	case e.Name == "merge" && len(path) > 0 && isSet(path[0]):
		for i := len(e.Args) - 1; i >= 0; i-- {
			v := s.quietly(e.Args[i], f)
			if v, _ = v.Unmark(); !v.IsKnown() || !at(v, path[:1]).IsKnown() || !at(v, path[:1]).IsNull() {
				t.follow(s, e.Args[i], f, path)
				if v.IsKnown() {
					return
				}
			}
		}
		return
	}
	if inner, ok := passed(e, path); ok {
		for i, a := range e.Args {
			if i == 0 || e.Name != "element" && e.Name != "slice" {
				t.follow(s, a, f, inner)
			}
		}
		return
	}
	for _, a := range e.Args {
		t.part(s, a, f)
	}
}

// passed is the path into the arguments of a function that hands their elements on.
func passed(e *hclsyntax.FunctionCallExpr, path []step) ([]step, bool) {
	switch e.Name {
	case "values", "tolist", "toset", "reverse", "concat", "distinct", "slice", "sort", "flatten":
		if len(path) > 0 {
			return append([]step{cty.NilVal}, path[1:]...), true
		}
	case "element", "one":
		return append([]step{cty.NilVal}, path...), true
	case "tomap", "coalesce", "try", "sensitive", "nonsensitive":
		return path, len(path) > 0
	}
	return nil, false
}
