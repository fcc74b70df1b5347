package terraform

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// onTexts is a function of texts alone.
func onTexts(names []string, result cty.Type, do func(args []string) (cty.Value, error)) function.Function {
	var params []function.Parameter
	for _, n := range names {
		params = append(params, function.Parameter{Name: n, Type: cty.String})
	}
	return function.New(&function.Spec{
		Params: params, Type: function.StaticReturnType(result),
		RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			texts := make([]string, len(args))
			for i, a := range args {
				texts[i] = a.AsString()
			}
			return do(texts)
		},
	})
}

// text makes a function of one text to another.
func text(do func(string) (string, error)) function.Function {
	return onTexts([]string{"str"}, cty.String, func(args []string) (cty.Value, error) {
		out, err := do(args[0])
		return cty.StringVal(out), err
	})
}

func textFunctions() map[string]function.Function {
	return map[string]function.Function{
		"startswith": startsWithFunc,
		"endswith": onTexts([]string{"str", "suffix"}, cty.Bool, func(a []string) (cty.Value, error) {
			return cty.BoolVal(strings.HasSuffix(a[0], a[1])), nil
		}),
		"strcontains": onTexts([]string{"str", "substr"}, cty.Bool, func(a []string) (cty.Value, error) {
			return cty.BoolVal(strings.Contains(a[0], a[1])), nil
		}),
		"replace":   onTexts([]string{"str", "substr", "replace"}, cty.String, replace),
		"urlencode": text(func(s string) (string, error) { return url.QueryEscape(s), nil }),
		"timecmp":   onTexts([]string{"a", "b"}, cty.Number, compareTimes),
		"basename":  text(func(s string) (string, error) { return basename(s), nil }),
		"dirname":   text(func(s string) (string, error) { return dirname(s), nil }),
		"pathexpand": text(func(s string) (string, error) {
			if strings.HasPrefix(s, "~") {
				return "", errors.New("the home directory is not known")
			}
			return s, nil
		}),
	}
}

// startsWithFunc knows the beginning of a text whose end is unknown.
var startsWithFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "str", Type: cty.String, AllowUnknown: true}, {Name: "prefix", Type: cty.String}},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		prefix := args[1].AsString()
		if args[0].IsKnown() {
			return cty.BoolVal(strings.HasPrefix(args[0].AsString(), prefix)), nil
		}
		known := args[0].Range().StringPrefix()
		switch {
		case strings.HasPrefix(known, prefix):
			return cty.True, nil
		case len(known) >= len(prefix), !strings.HasPrefix(prefix, known):
			return cty.False, nil
		}
		return cty.UnknownVal(cty.Bool), nil
	},
})

// replace takes a text between slashes as a regular expression.
func replace(a []string) (cty.Value, error) {
	if sub := a[1]; len(sub) > 1 && strings.HasPrefix(sub, "/") && strings.HasSuffix(sub, "/") {
		re, err := regexp.Compile(sub[1 : len(sub)-1])
		if err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(re.ReplaceAllString(a[0], a[2])), nil
	}
	return cty.StringVal(strings.ReplaceAll(a[0], a[1], a[2])), nil
}

func compareTimes(a []string) (cty.Value, error) {
	var at [2]time.Time
	for i, s := range a {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%q is no RFC 3339 timestamp", s)
		}
		at[i] = t
	}
	return cty.NumberIntVal(int64(at[0].Compare(at[1]))), nil
}
