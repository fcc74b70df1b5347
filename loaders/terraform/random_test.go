package terraform

import (
	"bytes"
	"encoding/json"
	flags "flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

var update = flags.Bool("update", false, "record the answers of terraform again")

// kinds of values that expressions are made of.
const (
	aText = iota
	aNumber
	aBool
	aList
	aMap
	kindsOfValues
)

// author writes random modules that a plan accepts. What it writes depends on the seed alone. Nothing unknown stands beside && or ||, which
// Terraform decides from 1.12 on and did not before.
type author struct {
	*rand.Rand
	names [kindsOfValues][]string // what expressions may mention, by kind
	open  [kindsOfValues][]string // what is not known before apply
}

func (a *author) one(list ...string) string { return list[a.IntN(len(list))] }

// expr is an expression of a kind. One that is closed is known.
func (a *author) expr(kind, depth int, closed bool) string {
	if !closed && len(a.open[kind]) > 0 && a.IntN(5) == 0 {
		return a.one(a.open[kind]...)
	}
	if depth <= 0 || a.IntN(6) == 0 {
		return a.leaf(kind)
	}
	e := func(kind int) string { return a.expr(kind, depth-1, closed) }
	if a.IntN(6) == 0 {
		return fmt.Sprintf("(%s ? %s : %s)", e(aBool), e(kind), e(kind))
	}
	switch kind {
	case aText:
		return a.one(
			fmt.Sprintf(`"%s-${%s}-${%s}"`, a.one("a", "ü", "$${x}", "%%{y}"), e(aText), e(aNumber)), fmt.Sprintf("upper(%s)", e(aText)), fmt.Sprintf("join(%q, %s)", a.one(",", ""), e(aList)),
			fmt.Sprintf("format(\"%%s=%%d\", %s, %d)", e(aText), a.IntN(9)), fmt.Sprintf("lookup(%s, %q, %s)", e(aMap), a.one("a", "b"), e(aText)), fmt.Sprintf("replace(%s, \"a\", %s)", e(aText), e(aText)),
			fmt.Sprintf("trimprefix(%s, \"a\")", e(aText)), fmt.Sprintf("try(%s[%d], %s)", e(aList), a.IntN(3), e(aText)), fmt.Sprintf("jsonencode(%s)", e(a.IntN(kindsOfValues))),
			fmt.Sprintf("substr(%s, 0, 2)", e(aText)), fmt.Sprintf("coalesce(%s, \"z\")", e(aText)), fmt.Sprintf(`"%%{for v in %s}<${v}>%%{endfor}"`, e(aList)), fmt.Sprintf(`"%%{if %s}y%%{else}n%%{endif~} x"`, e(aBool)),
			fmt.Sprintf("yamlencode({ k = %s })", e(a.IntN(kindsOfValues))), fmt.Sprintf("md5(%s)", e(aText)))
	case aNumber:
		return a.one(fmt.Sprintf("(%s + %s)", e(aNumber), e(aNumber)), fmt.Sprintf("(%s * 2)", e(aNumber)), fmt.Sprintf("(-%s)", e(aNumber)), fmt.Sprintf("length(%s)", e(a.IntN(2)+aList)),
			fmt.Sprintf("max(%s, %s)", e(aNumber), e(aNumber)), fmt.Sprintf("(%s %% 7)", e(aNumber)), fmt.Sprintf("length(%s)", e(aText)), fmt.Sprintf("floor(%s / 3)", e(aNumber)))
	case aBool:
		return a.one(fmt.Sprintf("(%s == %s)", e(aText), e(aText)), fmt.Sprintf("(%s < %s)", e(aNumber), e(aNumber)), fmt.Sprintf("!%s", e(aBool)), fmt.Sprintf("contains(%s, %s)", e(aList), e(aText)),
			fmt.Sprintf("(%s && %s)", a.one("var.v2", "true"), a.one("var.v2", "false")), fmt.Sprintf("startswith(%s, \"a\")", e(aText)), fmt.Sprintf("can(tonumber(%s))", e(aText)))
	case aList:
		return a.one(fmt.Sprintf("[%s, %s]", e(aText), e(aText)), fmt.Sprintf("[for k, v in %s : \"${k}${v}\"]", e(aMap)), fmt.Sprintf("[for v in %s : upper(v) if length(v) > %d]", e(aList), a.IntN(3)),
			fmt.Sprintf("concat(%s, %s)", e(aList), e(aList)), fmt.Sprintf("sort(%s)", e(aList)), fmt.Sprintf("distinct(%s)", e(aList)), fmt.Sprintf("values(%s)", e(aMap)), fmt.Sprintf("keys(%s)", e(aMap)),
			fmt.Sprintf("reverse(%s)", e(aList)), fmt.Sprintf("tolist(toset(%s))", e(aList)), fmt.Sprintf("split(\"-\", %s)", e(aText)), fmt.Sprintf("flatten([%s, [%s]])", e(aList), e(aText)))
	}
	return a.one(fmt.Sprintf("{ a = %s, (%s) = %s }", e(aText), a.expr(aText, depth-1, true), e(aText)), fmt.Sprintf("merge(%s, %s)", e(aMap), e(aMap)), fmt.Sprintf("{ for i, v in %s : \"k${i}\" => v }", e(aList)),
		fmt.Sprintf("tomap(%s)", e(aMap)), fmt.Sprintf("{ for k, v in %s : \"u-${k}\" => v }", a.leaf(aMap)), fmt.Sprintf("zipmap([\"p\", \"q\"], [%s, %s])", e(aText), e(aText)))
}

func (a *author) leaf(kind int) string {
	if len(a.names[kind]) > 0 && a.IntN(2) == 0 {
		return a.one(a.names[kind]...)
	}
	return []string{a.one(`"a"`, `"b-c"`, `"Ünï"`, `""`), a.one("0", "1", "7", "-2", "1.5"), a.one("true", "false"), a.one(`["a", "b"]`, `["c"]`, `tolist([])`), a.one(`{ a = "x", b = "y" }`, `{ c = "z" }`)}[kind]
}

// module is one module: variables, locals that build upon one another, resources and outputs.
func (a *author) module() string {
	var b strings.Builder
	a.names, a.open = [kindsOfValues][]string{}, [kindsOfValues][]string{}
	for i, v := range []struct{ kind, fallback string }{{"string", `"d"`}, {"number", "3"}, {"bool", "true"}, {"list(string)", `["l"]`}, {"map(string)", `{ m = "n" }`}} {
		fmt.Fprintf(&b, "variable \"v%d\" {\n  type    = %s\n  default = %s\n}\n", i, v.kind, v.fallback)
		a.names[i] = append(a.names[i], fmt.Sprintf("var.v%d", i))
	}
	b.WriteString("resource \"terraform_data\" \"s\" {}\n")
	a.open[aText] = []string{"terraform_data.s.id"}
	a.open[aList] = []string{"[terraform_data.s.id, \"k\"]"}
	a.open[aMap] = []string{"{ a = terraform_data.s.id }"}
	for i := range 6 {
		kind, closed := a.IntN(kindsOfValues), a.IntN(2) == 0
		fmt.Fprintf(&b, "locals {\n  l%d = %s\n}\n", i, a.expr(kind, 3, closed))
		name := fmt.Sprintf("local.l%d", i)
		if closed {
			a.names[kind] = append(a.names[kind], name)
		} else {
			a.open[kind] = append(a.open[kind], name)
		}
	}
	for i := range 4 {
		fmt.Fprintf(&b, "resource \"terraform_data\" \"r%d\" {\n", i)
		switch a.IntN(3) {
		case 0:
			fmt.Fprintf(&b, "  count = %d\n", a.IntN(4))
			a.names[aText] = append(a.names[aText], "\"c${count.index}\"")
		case 1:
			fmt.Fprintf(&b, "  for_each = { for k in [%q, %q] : k => %s }\n", a.one("x", "ä \"q\""), a.one("y", "$${z}"), a.expr(aText, 2, true))
			a.names[aText] = append(a.names[aText], "\"${each.key}${each.value}\"")
		default:
			a.names[aText] = append(a.names[aText], `"one"`)
		}
		fmt.Fprintf(&b, "  input = {\n    a = %s\n    b = %s\n  }\n}\n", a.expr(a.IntN(kindsOfValues), 4, false), a.expr(a.IntN(kindsOfValues), 3, false))
		a.names[aText] = a.names[aText][:len(a.names[aText])-1]
	}
	fmt.Fprintf(&b, "output \"o\" { value = %s }\n", a.expr(aText, 3, false))
	return b.String()
}

const modules = 50

// randomModules are random modules, and a root that calls them one behind the other: what one gives, the next may take.
func randomModules(seed uint64) map[string]string {
	a := &author{Rand: rand.New(rand.NewPCG(seed, 7))}
	out := map[string]string{}
	var root strings.Builder
	for i := range modules {
		out[fmt.Sprintf("m%02d/main.tf", i)] = a.module()
		fmt.Fprintf(&root, "module \"m%02d\" {\n  source = \"./m%02d\"\n", i, i)
		switch {
		case i%3 == 1:
			root.WriteString("  count = 2\n  v1 = count.index\n")
		case i%3 == 2:
			fmt.Fprintf(&root, "  v0 = module.m%02d[1].o\n  v4 = { x = 1, y = true }\n", i-1)
		default:
			root.WriteString("  v3 = [1, \"two\"]\n")
		}
		root.WriteString("}\n")
	}
	out["main.tf"] = root.String()
	return out
}

// plainly is a value as JSON has it, with a mark where it is not known.
func plainly(t *testing.T, v cty.Value) any {
	t.Helper()
	v, _ = v.UnmarkDeep()
	if v.Type().IsSetType() {
		v = cty.ListVal(v.AsValueSlice())
	}
	v, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsKnown() {
			return cty.StringVal("(known after apply)"), nil
		}
		if v.Type() == cty.Number && !v.IsNull() && v.AsBigFloat().Sign() == 0 {
			return cty.Zero, nil // Terraform writes -0 without its sign
		}
		if v.Type().IsCollectionType() && !v.IsNull() { // of one type no more, once something is unknown
			if v.Type().IsMapType() {
				return cty.ObjectVal(v.AsValueMap()), nil
			}
			return cty.TupleVal(v.AsValueSlice()), nil
		}
		return v, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	js, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(js, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func inputs(t *testing.T, list []Instance) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, in := range list {
		out[in.Address] = nil
		if v := in.Values; v.Type().HasAttribute("input") {
			out[in.Address] = plainly(t, v.GetAttr("input"))
		}
	}
	return out
}

// Terraform's own plan of random modules is the arbiter: recorded, and asked again where it is on the PATH.
func TestRandomModulesAgreeWithTerraform(t *testing.T) {
	dir := t.TempDir()
	for name, text := range randomModules(1) {
		write(t, dir, name, text)
	}
	tree, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Load(t.Context(), tree, ".", Options{})
	if err != nil {
		t.Fatal(err)
	}
	ours := inputs(t, r.Instances())
	for _, d := range r.Diagnostics() {
		t.Errorf("%s: %s", d.Range, d.Message)
	}
	file := filepath.Join("testdata", "random.json")
	want := map[string]any{}
	if data, err := os.ReadFile(file); err == nil {
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
	} else if !*update {
		t.Fatal(err)
	}
	if program, err := exec.LookPath("terraform"); err == nil {
		live := planOf(t, program, dir)
		if *update {
			want = live
			data, err := json.MarshalIndent(live, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, append(data, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		agree(t, "recorded", want, live)
	} else {
		t.Log("terraform not found: recorded answers only")
	}
	agree(t, "ours", ours, want)
}

func agree(t *testing.T, name string, got, want map[string]any) {
	t.Helper()
	if len(got) < 4*modules {
		t.Errorf("%s: %d instances", name, len(got))
	}
	for _, address := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[address]
		a, _ := json.Marshal(g)
		b, _ := json.Marshal(want[address])
		if !ok || !bytes.Equal(a, b) {
			t.Errorf("%s: %s:\n%s\nand terraform\n%s", name, address, a, b)
		}
	}
	for address := range got {
		if _, ok := want[address]; !ok {
			t.Errorf("%s: %s is not in terraform's plan", name, address)
		}
	}
}

// planOf makes a plan, offline, and reads it.
func planOf(t *testing.T, program, dir string) map[string]any {
	t.Helper()
	run := func(args ...string) []byte {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=/dev/null", "TF_IN_AUTOMATION=1"}
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("terraform %v: %v\n%s", args, err, errs.String())
		}
		return out.Bytes()
	}
	run("init", "-no-color", "-input=false")
	run("plan", "-no-color", "-input=false", "-refresh=false", "-out", "p.bin")
	p, err := ReadPlan("plan.json", run("show", "-json", "p.bin"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return inputs(t, p.Instances())
}
