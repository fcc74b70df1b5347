package terraform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What one hostile input may cost.
const (
	cpuBudget    = 2 * time.Second
	memoryBudget = 300 // MB
)

// hostile is one row of the table: what is on disk, what is told, and whether the attribute "input" of terraform_data.x is unknown.
type hostile struct {
	name    string
	files   map[string]string
	build   func(t *testing.T, dir string)
	root    string
	want    string // part of the one diagnostic; "" = there is none
	gone    bool   // the file is not read at all, so that there is no terraform_data.x
	known   bool
	several bool // more than one diagnostic is right
}

func times(s string, n int) string { return strings.Repeat(s, n) }

const x = "resource \"terraform_data\" \"x\" { input = local.x }\n"

// local is a root whose local.x is an expression.
func local(e string) map[string]string {
	return map[string]string{"main.tf": "locals {\n  x = " + e + "\n}\n" + x}
}

func doubling(first, next string) map[string]string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n  a0 = %s\n", first)
	for i := 1; i <= 40; i++ {
		fmt.Fprintf(&b, "  a%d = %s\n", i, strings.ReplaceAll(next, "prev", fmt.Sprintf("local.a%d", i-1)))
	}
	b.WriteString("  x = local.a40\n}\n" + x)
	return map[string]string{"main.tf": b.String()}
}

func aliases() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(times(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	return b.String()
}

func callsBack(n int) map[string]string {
	out := map[string]string{"main.tf": "module \"m\" {\n  source = \"./m0\"\n  count = 10\n}\nlocals { x = module.m[0].out }\n" + x}
	for i := range n {
		out[fmt.Sprintf("m%d/main.tf", i)] = fmt.Sprintf("module \"m\" {\n  source = \"../m%d\"\n  count = 10\n}\noutput \"out\" { value = module.m[0].out }\n", (i+1)%n)
	}
	return out
}

// chain is 20,000 values, each of which needs the next.
func chain(link, before, after string) map[string]string {
	out := map[string]string{"main.tf": "\n"}
	var b strings.Builder
	b.WriteString(before)
	for i := range 20_000 {
		fmt.Fprintf(&b, link, i, i+1)
		if before == "" && i%5000 == 4999 {
			out[fmt.Sprintf("a%d.tf", i)] = b.String()
			b.Reset()
		}
	}
	out["main.tf"] = b.String() + after + x
	return out
}

func link(to, name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

var hostiles = []hostile{
	// nesting
	{name: "brackets", files: local(times("[", 100_000) + times("]", 100_000)), want: "nested deeper", gone: true},
	{name: "parentheses", files: local(times("(", 100_000) + "1" + times(")", 100_000)), want: "nested deeper", gone: true},
	{name: "objects", files: local(times("{a=", 100_000) + "1" + times("}", 100_000)), want: "it is not read", gone: true},
	{name: "fewer objects", files: local(times("{a=", 20_000) + "1" + times("}", 20_000)), want: "nested deeper", gone: true},
	{name: "calls", files: local(times("f(", 100_000) + times(")", 100_000)), want: "nested deeper", gone: true},
	{name: "templates", files: local(times(`"${`, 100_000) + "1" + times(`}"`, 100_000)), want: "it is not read", gone: true},
	{name: "fewer templates", files: local(times(`"${`, 20_000) + "1" + times(`}"`, 20_000)), want: "nested deeper", gone: true},
	{name: "open brackets", files: local(times("[", 300_000)), want: "nested deeper", gone: true},
	{name: "nots", files: local(times("!", 300_000) + "true"), want: "nested deeper", gone: true},
	{name: "minuses", files: local(times("- ", 300_000) + "1"), want: "nested deeper", gone: true},
	{name: "newlines between operators", files: local("(1" + times("+\n1", 300_000) + ")"), want: "it is not read", gone: true},
	{name: "fewer newlines between operators", files: local("(1" + times("+\n1", 50_000) + ")"), want: "nested deeper", gone: true},
	// long chains
	{name: "sums", files: local("1" + times("+1", 400_000)), want: "it is not read", gone: true},
	{name: "fewer sums", files: local("1" + times("+1", 50_000)), want: "nested deeper", gone: true},
	{name: "conditionals", files: local(times("true ? 1 :", 80_000) + "1"), want: "nested deeper", gone: true},
	{name: "indexes", files: local("a" + times("[0]", 300_000)), want: "it is not read", gone: true},
	{name: "fewer indexes", files: local("a" + times("[0]", 50_000)), want: "nested deeper", gone: true},
	{name: "blocks", files: map[string]string{"main.tf": times("a {\n", 150_000)}, want: "it is not read", gone: true},
	{name: "fewer blocks", files: map[string]string{"main.tf": times("a {\n", 50_000)}, want: "nested deeper", gone: true},
	{name: "directives", files: local(`"` + times("%{if true}", 100_000) + `"`), want: "it is not read", gone: true},
	{name: "fewer directives", files: local(`"` + times("%{if true}", 20_000) + `"`), want: "nested deeper", gone: true},
	{name: "directives with text", files: local(`"` + times("%{if true}x", 90_000) + `"`), want: "it is not read", gone: true},
	{name: "fewer directives with text", files: local(`"` + times("%{if true}x", 20_000) + `"`), want: "nested deeper", gone: true},
	{name: "large file", files: map[string]string{"main.tf": times("# comment\n", 200_000)}, want: "larger than", gone: true},
	// JSON
	{name: "deep JSON", files: map[string]string{"main.tf.json": `{"locals": {"a": ` + times("[", 200_000)}, want: "nested deeper", gone: true},
	{name: "deep tfvars", files: map[string]string{"terraform.tfvars.json": `{"a": ` + times("[", 200_000), "main.tf": "locals { x = 1 }\n" + x}, want: "nested deeper", known: true},
	{name: "deep template in JSON", files: map[string]string{"main.tf.json": `{"locals": {"a": "` + times("${[", 50_000) + `"}}`}, want: "nested deeper", gone: true},
	// doubling
	{name: "doubled text", files: doubling(`"ab"`, `"${prev}${prev}"`), want: "a text of more than"},
	{name: "doubled list", files: doubling(`["ab"]`, `concat(prev, prev)`), want: "more than 200000 elements"},
	{name: "doubled object", files: doubling(`"ab"`, `{ a = prev, b = prev }`), want: "more than 500000 elements", several: true},
	{name: "doubled by join", files: doubling(`"ab"`, `join("-", [prev, prev])`), want: "more than 8388608 bytes"},
	{name: "doubled by format", files: doubling(`"ab"`, `format("%s%s", prev, prev)`), want: "more than 8388608 bytes"},
	{name: "doubled by replace", files: doubling(`"ab"`, `replace(prev, "a", "aba")`), want: "more than 8388608 bytes"},
	{name: "doubled by a pattern", files: doubling(`"ab"`, `replace(prev, "/(.*)/", "$1$1")`), want: "more than 8388608 bytes"},
	{name: "doubled number", files: doubling(`16`, `prev * prev`), want: "binary exponent"},
	{name: "doubled by JSON", files: doubling(`"\""`, `jsonencode(prev)`), want: "more than 8388608 bytes"},
	// products
	{name: "setproduct", files: local("setproduct(range(1000), range(1000), range(1000))"), want: "more than 200000 elements"},
	{name: "nested for", files: local(`[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : "${a}${b}${c}"]]]`), want: "more than 500000 evaluations"},
	{name: "nested for without templates", files: local(`[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]]`), want: "evaluations"},
	{name: "for over for in try", files: local(`try([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]], 1)`), want: "evaluations"},
	{name: "nested for in decode_tfvars", files: map[string]string{"v": "a = [for a in [" + times("1,", 1000) + "] : [for b in [" + times("1,", 1000) + "] : [for c in [" + times("1,", 1000) + "] : 1]]]\n",
		"main.tf": "locals { x = provider::terraform::decode_tfvars(file(\"v\")) }\n" + x}, want: "evaluations"},
	{name: "nested for in a source", files: map[string]string{"main.tf": "module \"m\" { source = \"${[for a in [" + times("1,", 1000) + "] : [for b in [" + times("1,", 1000) + "] : [for c in [" + times("1,", 1000) + "] : 1]]]}\" }\nlocals { x = module.m.o }\n" + x}},
	{name: "nested directives", files: local(`"%{for a in range(1000)}%{for b in range(1000)}%{for c in range(1000)}x%{endfor}%{endfor}%{endfor}"`), want: "evaluations"},
	{name: "count", files: map[string]string{"main.tf": "resource \"terraform_data\" \"x\" {\n  count = 1000000000\n  input = 1\n}\n"}, want: "over 10000"},
	{name: "count as a power", files: map[string]string{"main.tf": "resource \"terraform_data\" \"x\" {\n  count = 1e1000000\n  input = 1\n}\n"}, want: "binary exponent"},
	{name: "distinct", files: local("length(distinct(flatten([for a in range(100) : range(1000)])))"), known: true},
	{name: "distinct pairs", files: local("length(distinct(setproduct(range(100), range(100))))"), want: "compared with each other"},
	{name: "union of unknowns", files: local("toset(flatten([for a in range(1000) : [for b in range(90) : timestamp()]]))"), want: "evaluations"},
	// numbers
	{name: "exponent", files: local(`"${1e10000000}"`), want: "binary exponent"},
	{name: "larger exponent", files: local(`1e100000000`), want: "binary exponent"},
	{name: "smaller exponent", files: local(`tostring(1e-100000000)`), want: "binary exponent"},
	{name: "exponent in a text", files: local(`"${"1e100000000" + 0}"`), want: "binary exponent"},
	{name: "exponent in a key", files: local(`{ (1e100000000) = 1 }`), want: "binary exponent"},
	{name: "pow", files: local("pow(10, 1000000000)"), want: "binary exponent"},
	{name: "width", files: local(`format("%999999999d", 1)`), want: "wider than"},
	{name: "width of a number in a text", files: local(`format("%d", "1e100000000")`), want: "binary exponent"},
	{name: "digits", files: local(`tonumber(join("", [for i in range(1000) : "` + times("9", 500) + `"]))`), want: "used as a number"},
	{name: "precision", files: local(`format("%.999999999f", 1)`), want: "wider than"},
	{name: "indent", files: local(`indent(1000000000, "a\nb")`), want: "more than 8388608 bytes"},
	// decoding
	{name: "YAML aliases", files: map[string]string{"main.tf": "locals { x = yamldecode(file(\"a.yaml\")) }\n" + x, "a.yaml": aliases()}, want: "aliases expanded"},
	{name: "deep YAML", files: local(`yamldecode(join("", [for i in range(1000) : "` + times("[", 50) + `"]))`), want: "nested"},
	{name: "deep JSON text", files: local(`jsondecode(join("", [for i in range(1000) : "` + times("[", 50) + `"]))`), want: "nested deeper"},
	{name: "deep block YAML", files: local(`yamldecode("` + times("- ", 20_000) + `1")`), want: "nested"},
	{name: "number in YAML", files: local(`tostring(yamldecode("a: 1e1000000000").a)`), want: "", several: true},
	{name: "deep templatestring", files: map[string]string{"main.tf": "locals { x = templatefile(\"t.tftpl\", {}) }\n" + x, "t.tftpl": times("${[", 100_000)}, want: "nested deeper"},
	{name: "pattern and text", files: local(`regexall("` + times("(a*)", 200) + `", join("", [for i in range(1000) : "` + times("a", 500) + `"]))`), want: "evaluations"},
	// modules
	{name: "module in itself", files: map[string]string{"main.tf": "module \"m\" { source = \"./\" }\nlocals { x = 1 }\n" + x}, want: "calls itself", known: true},
	{name: "modules that call each other", files: callsBack(3), want: "calls itself"},
	{name: "deep modules", files: callsBack(20), want: "instances of modules", several: true},
	// cycles
	{name: "locals", files: map[string]string{"main.tf": "locals {\n  x = local.b\n  b = local.x\n}\n" + x}, want: "depends on itself"},
	{name: "resource reads itself", files: map[string]string{"main.tf": "resource \"terraform_data\" \"x\" { input = terraform_data.x.input }\n"}, want: "depends on itself"},
	{name: "count reads itself", files: map[string]string{"main.tf": "resource \"terraform_data\" \"x\" {\n  count = length(terraform_data.x)\n  input = 1\n}\n"}, want: "depends on itself"},
	{name: "module for_each reads itself", files: map[string]string{"main.tf": "module \"m\" {\n  source = \"./m\"\n  for_each = module.m\n}\nlocals { x = module.m }\n" + x, "m/main.tf": "output \"o\" { value = 1 }\n"}, want: "depends on itself"},
	{name: "template renders itself", files: map[string]string{"main.tf": "locals { x = templatefile(\"t.tftpl\", {}) }\n" + x, "t.tftpl": `${templatefile("t.tftpl", {})}`}, want: "no function named"},
	{name: "long chain", files: chain("  a%d = \"${local.a%d}\"\n", "locals {\n", "}\nlocals {\n a20000 = 1\n x = local.a0\n}\n"), known: true},
	{name: "long chain of resources", files: chain("resource \"terraform_data\" \"a%d\" { input = terraform_data.a%d.input }\n", "", "resource \"terraform_data\" \"a20000\" { input = 1 }\nlocals { x = terraform_data.a0.input }\n"),
		want: "need one another"},
	// escapes
	{name: "file above", files: local(`file("../../etc/passwd")`), want: "outside of what is read"},
	{name: "absolute path", files: local(`file("/etc/passwd")`), want: "outside of what is read"},
	{name: "home", files: local(`file("~/.ssh/id_rsa")`), want: "outside of what is read"},
	{name: "link out of the root", files: local(`file("link")`), build: link("/etc/passwd", "link"), want: "escapes"},
	{name: "linked directory", files: local(`file("link/passwd")`), build: link("/etc", "link"), want: "escapes"},
	{name: "fileset above", files: local(`fileset("..", "**")`), want: "outside of what is read"},
	{name: "fileset pattern above", files: local(`fileset(".", "../**")`), want: "outside of what is read"},
	{name: "module above", files: map[string]string{"main.tf": "module \"m\" { source = \"../../..\" }\nlocals { x = module.m.out }\n" + x}, want: "cannot be read"},
	{name: "Dir in modules.json", files: map[string]string{"main.tf": "module \"m\" { source = \"org/m/aws\" }\nlocals { x = module.m.out }\n" + x,
		".terraform/modules/modules.json": `{"Modules":[{"Key":"m","Source":"org/m/aws","Dir":"../../../etc"}]}`}, want: "outside"},
	// devices
	{name: "FIFO", files: local(`file("pipe")`), build: func(t *testing.T, dir string) {
		if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
			t.Fatal(err)
		}
	}, want: "no regular file"},
	{name: "FIFO as configuration", files: local("1"), build: func(t *testing.T, dir string) {
		if err := syscall.Mkfifo(filepath.Join(dir, "pipe.tf"), 0o600); err != nil {
			t.Fatal(err)
		}
	}, want: "no regular file", known: true},
	{name: "link out of the root as configuration", files: local("1"), build: link("/etc/passwd", "passwd.tf"), want: "escapes", known: true},
	{name: "link to itself as configuration", files: local("1"), build: link("loop.tf", "loop.tf"), want: "cannot be read", known: true},
	{name: "device", files: local(`file("zero")`), build: link("/dev/zero", "zero"), want: "escapes"},
	{name: "large file in file()", files: map[string]string{"main.tf": "locals { x = file(\"large\") }\n" + x, "large": times("x", 5<<20)}, want: "larger than"},
	// many files
	{name: "many variable files", build: func(t *testing.T, dir string) {
		write(t, dir, "main.tf", "variable \"a\" {}\nlocals { x = var.a }\n"+x)
		for i := range 10_000 {
			write(t, dir, fmt.Sprintf("f%05d.auto.tfvars", i), fmt.Sprintf("a = %d\n", i))
		}
	}, known: true},
	{name: "fileset over many directories", build: func(t *testing.T, dir string) {
		write(t, dir, "main.tf", "locals { x = length(fileset(\".\", \"**/**/**/**/*.nothing\")) }\n"+x)
		for i := range 300 {
			for j := range 10 {
				write(t, dir, fmt.Sprintf("d%d/e%d/f", i, j), "")
			}
		}
	}, known: true},
	{name: "braces in fileset", files: local(`fileset(".", "` + times("{a,a}", 30) + `b")`), want: "too complicated"},
	// odd bytes
	{name: "byte-order mark", files: map[string]string{"main.tf": "\ufeff" + local("1")["main.tf"]}, known: true},
	{name: "lone surrogate", files: map[string]string{"main.tf.json": `{"locals": {"x": "\ud800"}, "resource": {"terraform_data": {"x": {"input": "${local.x}"}}}}`}, known: true},
	{name: "invalid UTF-8", files: local("\"a\xff\""), want: "Invalid character encoding", several: true, known: true},
	{name: "carriage returns", files: map[string]string{"main.tf": "locals { x = 1 }\r" + x}, want: "", several: true, gone: true},
	{name: "NUL", files: local("\"a\x00\""), want: "", several: true, known: true},
	{name: "private characters", files: local("\"\ue0000\ue001\""), known: true},
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHostileInputsEndInOneDiagnosticWithinTheirBudget(t *testing.T) {
	for i, h := range hostiles {
		if slower > 1 && i%4 != 0 {
			continue // a child has one goroutine: the race detector finds nothing in it, and takes minutes for all rows
		}
		t.Run(h.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range h.files {
				write(t, dir, name, text)
			}
			if h.build != nil {
				h.build(t, dir)
			}
			root := h.root
			if root == "" {
				root = "."
			}
			var out, errs bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), 30*cpuBudget*slower)
			defer cancel()
			child := exec.CommandContext(ctx, os.Args[0], "evaluate", dir, root)
			child.Stdout, child.Stderr = &out, &errs
			if err := child.Run(); err != nil {
				t.Fatalf("%v: %.300s", err, errs.String())
			}
			if cpu := child.ProcessState.UserTime() + child.ProcessState.SystemTime(); cpu > cpuBudget*slower {
				t.Errorf("took %v of CPU", cpu)
			} else if cpu > cpuBudget/4 {
				t.Logf("%v", cpu)
			}
			if u, ok := child.ProcessState.SysUsage().(*syscall.Rusage); ok && u.Maxrss>>10 > memoryBudget*slower {
				t.Errorf("took %d MB", u.Maxrss>>10)
			} else if ok && u.Maxrss>>10 > memoryBudget/2 {
				t.Logf("%d MB", u.Maxrss>>10)
			}
			var got evaluated
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			h.compare(t, got)
		})
	}
}

func (h hostile) compare(t *testing.T, got evaluated) {
	t.Helper()
	joined := strings.Join(got.Diagnostics, "\n")
	if len(joined) > 2000 {
		joined = joined[:2000]
	}
	switch {
	case h.several:
	case h.want == "" && len(got.Diagnostics) != 0, h.want != "" && len(got.Diagnostics) != 1:
		t.Errorf("%d diagnostics:\n%s", len(got.Diagnostics), joined)
	}
	if !strings.Contains(joined, h.want) {
		t.Errorf("%q is not told:\n%s", h.want, joined)
	}
	known, there := false, false
	for name, k := range got.Known {
		if strings.HasPrefix(name, "terraform_data.x") && strings.HasSuffix(name, ".input") {
			known, there = k, true
		}
	}
	if there == h.gone {
		t.Errorf("instances: %v", got.Addresses)
	}
	if strings.Contains(h.name, "count") && there {
		if len(got.Addresses) != 1 || !strings.HasSuffix(got.Addresses[0], "[?]") {
			t.Errorf("instances: %v", got.Addresses)
		}
		return
	}
	if there && known != h.known {
		t.Errorf("input is known: %v", known)
	}
}

// cpuTime is what this process has used so far.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
