package terraform

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"golang.org/x/tools/txtar"
)

// root loads an archive of files; what stands before the first is main.tf.
func root(t *testing.T, archive string, o Options) *Root {
	t.Helper()
	a := txtar.Parse([]byte(archive))
	tree := fstest.MapFS{}
	for _, f := range a.Files {
		tree[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o600}
	}
	if len(a.Comment) > 0 {
		tree["main.tf"] = &fstest.MapFile{Data: a.Comment, Mode: 0o600}
	}
	r, err := load(context.Background(), tree, ".", o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func instanceOf(t *testing.T, r *Root, address string) Instance {
	t.Helper()
	var all []string
	for _, in := range r.Instances() {
		if in.Address == address {
			return in
		}
		all = append(all, in.Address)
	}
	t.Fatalf("no %s among %v", address, all)
	return Instance{}
}

// shown is a leaf in one line: its value, or why there is none; then its references.
func shown(l Leaf) string {
	var out string
	switch {
	case l.Absent:
		out = "absent"
	case l.Unknown != nil && !l.Value.IsKnown():
		out = "? " + l.Unknown.Reason
	case l.Unknown != nil:
		out = "partly ? " + l.Unknown.Reason
	default:
		b, err := ctyjson.Marshal(l.Value, cty.DynamicPseudoType)
		if err != nil {
			return err.Error()
		}
		out = strings.TrimSuffix(strings.TrimPrefix(string(b), `{"value":`), "}")
		if i := strings.LastIndex(out, `,"type":`); i >= 0 {
			out = out[:i]
		}
	}
	if l.Sensitive {
		out += " sensitive"
	}
	if len(l.Refs) > 0 {
		out += " -> " + strings.Join(l.Refs, ", ")
	}
	return out
}

// leafOf reads "address|a.0.b".
func leafOf(t *testing.T, r *Root, what string) Leaf {
	t.Helper()
	address, path, _ := strings.Cut(what, "|")
	return instanceOf(t, r, address).Leaf(pathOf(path)...)
}

// pathOf reads "a.0.b".
func pathOf(path string) (steps []any) {
	for p := range strings.SplitSeq(path, ".") {
		if n, err := strconv.Atoi(p); err == nil {
			steps = append(steps, n)
		} else {
			steps = append(steps, p)
		}
	}
	return steps
}

const shop = `variable "region" {}
variable "zone" { default = "z1" }
data "aws_vpc" "main" {}
resource "aws_lb" "eu" { name = "eu-${var.zone}" }
resource "aws_lb" "many" {
  for_each = { a = 1, "b.c" = 2 }
  name     = each.key
}
locals {
  host  = aws_lb.eu.dns_name
  hosts = { eu = aws_lb.eu.dns_name, us = "us.example.com", all = [for l in aws_lb.many : l.dns_name] }
  twice = merge(local.hosts, { ap = data.aws_vpc.main.id })
}
module "site" {
  source   = "./site"
  for_each = toset(["x"])
  target   = local.host
  key      = each.key
}
module "away" { source = "org/away/aws" }
resource "r" "r" {
  known    = "a-${var.zone}"
  direct   = aws_lb.eu.dns_name
  through  = local.host
  template = "https://${local.host}:${var.zone}"
  region   = var.region
  data     = data.aws_vpc.main.id
  keyed    = aws_lb.many["b.c"].arn
  splat    = values(aws_lb.many)[*].arn
  out      = module.site["x"].host
  named    = aws_lb.eu.name
  away     = module.away.vpc
  us       = local.hosts["us"]
  eu       = local.twice.eu
  ap       = lookup(local.twice, "ap", "")
  branch   = var.zone == "z1" ? aws_lb.eu.arn : data.aws_vpc.main.arn
  both     = var.region == "z1" ? aws_lb.eu.arn : "b"
  now      = timestamp()
  nothing  = null
  wrong    = 1 + "x"
  object   = { a = aws_lb.eu.id, b = "b", c = upper(var.region) }
  secret   = sensitive("s")
  loop     = [for h in [local.host] : "${h}."]
  tried    = try(local.host, "x")
  count2   = length(local.hosts)
  missing  = var.undeclared
  few      = ["a", local.host]
  set      = toset(["y", "x"])
  block {
    a = local.host
  }
  dynamic "block" {
    for_each = ["p", local.host]
    content {
      a = block.value
    }
  }
  dynamic "open" {
    for_each = data.aws_vpc.main.zones
    content {}
  }
}
resource "r" "unsure" {
  count = var.region == "x" ? 1 : 0
  index = count.index
  fix   = "f"
}
resource "r" "keys" {
  for_each = data.aws_vpc.main.names
  key      = each.key
}
locals {
  a = local.b
  b = "${local.a}x"
}
resource "r" "circle" { a = local.a }
-- site/main.tf --
variable "target" {}
variable "key" {}
variable "none" {}
resource "r" "in" {
  target = var.target
  key    = var.key
  none   = var.none
  mod    = path.module
}
resource "aws_lb" "own" {}
output "host" { value = aws_lb.own.dns_name }
`

func TestUnknownLeavesTellWhatTheyWaitFor(t *testing.T) {
	r := root(t, shop, Options{})
	for what, want := range map[string]string{
		"r.r|known":    `"a-z1"`,
		"r.r|direct":   `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		"r.r|through":  `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		"r.r|template": `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		"r.r|region":   `? variable region has no value`,
		"r.r|data":     `? data source: data.aws_vpc.main.id -> data.aws_vpc.main.id`,
		"r.r|keyed":    `? computed: aws_lb.many["b.c"].arn -> aws_lb.many["b.c"].arn`,
		"r.r|splat":    `partly ? computed: aws_lb.many[*].arn -> aws_lb.many[*].arn`,
		"r.r|out":      `? computed: module.site["x"].aws_lb.own.dns_name -> module.site["x"].aws_lb.own.dns_name`,
		"r.r|named":    `"eu-z1" -> aws_lb.eu.name`,
		"r.r|away":     `? module away: module not initialised -> module.away.vpc`,
		"r.r|us":       `"us.example.com"`,
		"r.r|eu":       `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		"r.r|ap":       `? data source: data.aws_vpc.main.id -> data.aws_vpc.main.id`,
		"r.r|branch":   `? computed: aws_lb.eu.arn -> aws_lb.eu.arn`,
		"r.r|both":     `? variable region has no value; computed: aws_lb.eu.arn -> aws_lb.eu.arn`,
		"r.r|now":      `? the result of timestamp is not known before apply`,
		"r.r|nothing":  `null`,
		"r.r|never":    `absent`,
		"r.r|wrong":    `? error: Invalid operand`,
		"r.r|few.0":    `"a"`,
		"r.r|few.1":    `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		"r.r|few.2":    `absent`,
		"r.r|set.0":    `"x"`,
		"r.r|set.2":    `absent`,
		"r.r|object":   `partly ? computed: aws_lb.eu.id; variable region has no value -> aws_lb.eu.id`,
		"r.r|object.a": `? computed: aws_lb.eu.id -> aws_lb.eu.id`,
		"r.r|object.b": `"b"`,
		"r.r|object.c": `? variable region has no value`,
		"r.r|object.d": `absent`,
		"r.r|secret":   `"s" sensitive`,
		"r.r|loop":     `partly ? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		"r.r|tried":    `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		"r.r|count2":   `3`,
		"r.r|missing":  `? error: Unsupported attribute`,
		"r.r|block.a":  `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,

		"r.r|block.1.a": `"p"`,
		"r.r|block.2.a": `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		"r.r|block.3.a": `absent`,
		"r.r|open":      `? for_each of dynamic open is not known; data source: data.aws_vpc.main.zones -> data.aws_vpc.main.zones`,

		"r.unsure[?]|index": `? count of r.unsure is not known; variable region has no value`,
		"r.unsure[?]|fix":   `"f"`,
		"r.keys[?]|key":     `? for_each of r.keys is not known; data source: data.aws_vpc.main.names -> data.aws_vpc.main.names`,
		"r.circle|a":        `? cycle: local.a; cycle: local.b`,

		`module.site["x"].r.in|target`: `? computed: aws_lb.eu.dns_name -> aws_lb.eu.dns_name`,
		`module.site["x"].r.in|key`:    `"x"`,
		`module.site["x"].r.in|none`:   `? variable module.site["x"].none has no value`,
		`module.site["x"].r.in|mod`:    `"site"`,
	} {
		if got := shown(leafOf(t, r, what)); got != want {
			t.Errorf("%s: %s\n want %s", what, got, want)
		}
	}
}

func TestPositionsOfLeavesAndCallsThatLeadToThem(t *testing.T) {
	r := root(t, shop, Options{})
	for what, want := range map[string]string{
		"r.r|object.b":                 "main.tf:41,38-41",
		"r.r|block.a":                  "main.tf:50,9-19",
		"r.r|never":                    "main.tf:21,1-17",
		`module.site["x"].r.in|target`: `site/main.tf:5,12-22 module.site["x"] main.tf:14,1-14`,
	} {
		l := leafOf(t, r, what)
		got := l.Range.String()
		for _, c := range l.Calls {
			got += fmt.Sprintf(" %s %s", c.Address, c.Range)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
}

func TestCoverageCountsCauses(t *testing.T) {
	r := root(t, `variable "a" {}
resource "r" "r" {
  x = var.a
  y = [var.a, 1, null]
  z = r.s.id
  dynamic "b" {
    for_each = var.a
    content {}
  }
}
resource "r" "s" { a = {} }
`, Options{})
	c := r.Coverage(r.Instances())
	if c.Leaves != 7 || c.Unknown != 4 || fmt.Sprint(c.Causes) != "[{variable a has no value 2} {computed: r.s.id 1} {for_each of dynamic b is not known 1}]" {
		t.Errorf("%+v", c)
	}
}

func TestWhatVectorsCannotShow(t *testing.T) {
	for _, tt := range []struct {
		name, files string
		options     Options
		leaves      map[string]string
		told        []string
	}{
		{name: "modules.json", files: `module "m" { source = "org/m/aws" }
resource "r" "r" { a = module.m.b }
-- .terraform/modules/modules.json --
{"Modules":[{"Key":"","Dir":"."},{"Key":"m","Source":"x","Dir":".terraform/modules/m"},{"Key":"m.in","Dir":".terraform/modules/m/in"}]}
-- .terraform/modules/m/main.tf --
module "in" { source = "org/in/aws" }
output "b" { value = module.in.c }
-- .terraform/modules/m/in/main.tf --
output "c" { value = path.module }
`, leaves: map[string]string{"r.r|a": `".terraform/modules/m/in"`}},
		{name: "a module that is not on disk", files: "module \"m\" { source = \"org/m/aws\" }\nresource \"r\" \"r\" { a = module.m.b }\n",
			leaves: map[string]string{"r.r|a": "? module m: module not initialised -> module.m.b"}},
		{name: "a module in a directory that the options name", files: "module \"m\" { source = \"org/m/aws\" }\nmodule \"g\" { source = \"git::https://x/g?ref=v1\" }\nresource \"r\" \"r\" { a = [module.m.b, module.g.b] }\n-- v/m/main.tf --\noutput \"b\" { value = path.module }\n-- v/g/main.tf --\noutput \"b\" { value = path.module }\n",
			options: Options{Modules: map[string]string{"org/m/aws": "v/m", "git::https://x/g": "./v/g/"}}, leaves: map[string]string{"r.r|a.0": `"v/m"`, "r.r|a.1": `"v/g"`}},
		{name: "a named directory outside of the tree", files: "module \"m\" { source = \"org/m/aws\" }\nresource \"r\" \"r\" { a = module.m.b }\n",
			options: Options{Modules: map[string]string{"org/m/aws": "../etc"}}, leaves: map[string]string{"r.r|a": "? module m: module not initialised -> module.m.b"}, told: []string{"module m: its directory ../etc cannot be read"}},
		{name: "OpenTofu's files", files: "resource \"r\" \"tf\" {}\n-- main.tofu --\nresource \"r\" \"r\" { a = 1 }\n-- b.tofu.json --\n{\"resource\":{\"r\":{\"j\":{\"a\":2}}}}\n",
			leaves: map[string]string{"r.r|a": "1", "r.j|a": "2"}},
		{name: "an undeclared variable in tfvars", files: "resource \"r\" \"r\" { a = 1 }\n-- terraform.tfvars --\nnobody = 1\n",
			leaves: map[string]string{"r.r|a": "1"}, told: []string{"terraform.tfvars:1,1-11: variable nobody is not declared"}},
		{name: "an undeclared variable of the environment", files: "resource \"r\" \"r\" { a = 1 }\n", options: Options{Env: map[string]string{"TF_VAR_nobody": "1"}},
			leaves: map[string]string{"r.r|a": "1"}},
		{name: "an undeclared -var", files: "resource \"r\" \"r\" { a = 1 }\n", options: Options{Variables: []Variable{{Name: "nobody"}}},
			leaves: map[string]string{"r.r|a": "1"}, told: []string{".:0,0-0: -var nobody: there is no such variable"}},
		{name: "an error stays where it is", files: `resource "r" "r" {
  a = [1, nofunc(2), { b = 3, c = tonumber("x") }]
}
`, leaves: map[string]string{"r.r|a.0": "1", "r.r|a.1": "? error: Call to unknown function", "r.r|a.2.b": "3", "r.r|a.2.c": "? error: Invalid function argument"},
			told: []string{"main.tf:2,11-17: Call to unknown function", "main.tf:2,45-46: Invalid function argument"}},
		{name: "a negative count", files: "resource \"r\" \"r\" {\n  count = -1\n  a = 1\n}\n",
			leaves: map[string]string{"r.r[?]|a": "1"}, told: []string{"main.tf:2,11-13: count of r.r: -1 is no count"}},
		{name: "a list in for_each", files: "resource \"r\" \"r\" {\n  for_each = [\"a\"]\n  a = each.key\n}\n",
			leaves: map[string]string{"r.r[?]|a": "? error: for_each of r.r is wrong"}, told: []string{"main.tf:2,14-19: for_each of r.r: it is a tuple"}},
		{name: "null in count", files: "resource \"r\" \"r\" {\n  count = null\n  a = 1\n}\n",
			leaves: map[string]string{"r.r[?]|a": "1"}, told: []string{"main.tf:2,11-15: count of r.r: it is null"}},
		{name: "an unknown value below a known key", files: "resource \"r\" \"r\" {\n  for_each = { a = r.s.id }\n  a = each.value\n  k = each.key\n}\nresource \"r\" \"s\" {}\n",
			leaves: map[string]string{`r.r["a"]|a`: "? computed: r.s.id -> r.s.id", `r.r["a"]|k`: `"a"`}},
		{name: "an unknown key", files: "resource \"r\" \"r\" {\n  for_each = toset([r.s.id])\n  a = each.value\n}\nresource \"r\" \"s\" {}\n",
			leaves: map[string]string{`r.r[?]|a`: "? for_each of r.r is not known; computed: r.s.id -> r.s.id"}},
		{name: "a module of unknown count", files: "variable \"n\" {}\nmodule \"m\" {\n  source = \"./m\"\n  count = var.n\n}\nresource \"r\" \"r\" { a = module.m[0].o }\n-- m/m.tf --\nresource \"r\" \"in\" { a = 1 }\noutput \"o\" { value = 1 }\n",
			leaves: map[string]string{"module.m[?].r.in|a": "1", "r.r|a": "? count of module.m is not known; variable n has no value"}},
		{name: "a wrong type", files: "variable \"a\" {\n  type = number\n  default = \"x\"\n}\nresource \"r\" \"r\" { a = var.a }\n",
			leaves: map[string]string{"r.r|a": "? error: variable a: a number is required"}, told: []string{"main.tf:1,1-13: variable a: a number is required"}},
		{name: "the selected workspace", files: "resource \"r\" \"r\" { a = terraform.workspace }\n-- .terraform/environment --\nlive\n",
			leaves: map[string]string{"r.r|a": `"live"`}},
		{name: "a workspace that is asked for", files: "resource \"r\" \"r\" { a = terraform.workspace }\n-- .terraform/environment --\nlive\n", options: Options{Workspace: "w"},
			leaves: map[string]string{"r.r|a": `"w"`}},
		{name: "a time limit", files: "resource \"r\" \"r\" { a = 1 + 1 }\n", options: Options{Limits: Limits{Time: 1}}, told: []string{"takes longer than 1ns"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := root(t, tt.files, tt.options)
			for what, want := range tt.leaves {
				if got := shown(leafOf(t, r, what)); got != want {
					t.Errorf("%s: %s\n want %s", what, got, want)
				}
			}
			r.Outputs()
			r.Instances()
			var told []string
			for _, d := range r.Diagnostics() {
				told = append(told, d.Range.String()+": "+d.Message)
			}
			if len(told) != len(tt.told) {
				t.Fatalf("told %q, want %q", told, tt.told)
			}
			for i := range told {
				if !strings.Contains(told[i], tt.told[i]) {
					t.Errorf("told %q, want %q", told[i], tt.told[i])
				}
			}
		})
	}
}
