package terraform

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/tools/txtar"
)

// treeOf are files with a line each: "name: text".
func treeOf(archive string) fstest.MapFS {
	tree := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		tree[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o600}
	}
	return tree
}

func foundIn(list []Found) (out []string) {
	for _, f := range list {
		line := f.Dir
		for _, e := range f.Environments {
			line += " " + e.Name + "=" + strings.Join(e.VarFiles, "+")
		}
		out = append(out, line)
	}
	return out
}

func TestDiscoverFindsRootsAndTheirEnvironments(t *testing.T) {
	for _, tt := range []struct {
		name, files string
		dirs, want  []string
	}{
		{name: "one root", files: "-- main.tf --\nresource \"a\" \"b\" {}\n", want: []string{". ="}},
		{name: "a called module is none", files: "-- live/main.tf --\nmodule \"m\" { source = \"../modules/m\" }\n-- modules/m/main.tf --\noutput \"o\" {}\n-- modules/unused/main.tf --\n", want: []string{"live =", "modules/unused ="}},
		{name: "called, and with a backend of its own", files: "-- a.tf --\nmodule \"m\" {\n  # where\n  source = \"./m\"\n}\n-- m/m.tf --\nterraform {\n  required_version = \"1\"\n  backend \"s3\" {}\n}\n", want: []string{". =", "m ="}},
		{name: "called, and with a cloud block", files: "-- a.tf --\nmodule \"m\" { source = \"./m\" }\n-- m/m.tf --\nterraform {\n  cloud {}\n}\n", want: []string{". =", "m ="}},
		{name: "called, and with a provider", files: "-- a.tf --\nmodule \"m\" { source = \"./m\" }\n-- m/m.tf --\nprovider \"aws\" {}\n", want: []string{". =", "m ="}},
		{name: "called, and with variables", files: "-- a.tf --\nmodule \"m\" { source = \"./m\" }\n-- m/m.tf --\n-- m/terraform.tfvars --\n", want: []string{". =", "m ="}},
		{name: "words alone are no header", files: "-- a.tf --\nmodule \"m\" { source = \"./m\" }\n-- m/m.tf --\n# provider \"aws\" {}\nlocals {\n  provider = { backend = \"cloud\" }\n  x = <<E\nprovider \"aws\" {\n}\nE\n}\nresource \"a\" \"provider\" {\n  provider = aws.x\n  b { backend {} }\n}\n", want: []string{". ="}},
		{name: "sources in other places are no calls", files: "-- a.tf --\nmodule \"m\" {\n  source = \"git::x\"\n  b = { source = \"./m\" }\n}\nresource \"a\" \"b\" {\n  source = \"./m\"\n}\n-- m/m.tf --\n", want: []string{". =", "m ="}},
		{name: "calls in a circle", files: "-- a/a.tf --\nmodule \"m\" { source = \"../b\" }\n-- b/b.tf --\nmodule \"m\" { source = \"../a\" }\n-- c/c.tf --\n", want: []string{"c ="}},
		{name: "JSON", files: "-- a.tf.json --\n{\"module\": {\"m\": [{\"source\": \"./m\"}], \"n\": {\"source\": \"./n\"}}}\n-- m/m.tf.json --\n{\"provider\": {\"aws\": {}}}\n-- n/n.tf.json --\n{}\n", want: []string{". =", "m ="}},
		{name: "OpenTofu", files: "-- a.tofu --\nmodule \"m\" { source = \"./m\" }\n-- a.tf --\nmodule \"n\" { source = \"./n\" }\n-- m/m.tofu --\n-- n/n.tofu.json --\n{}\n", want: []string{". =", "n ="}},
		{name: "tests, editors and hidden files", files: "-- a/x.tftest.hcl --\n-- b/x.tfmock.hcl --\n-- c/.x.tf --\n-- d/x.tf~ --\n-- e/x.hcl --\n", want: nil},
		{name: "what tools keep", files: "-- a.tf --\n-- .terraform/modules/x/main.tf --\nprovider \"a\" {}\n-- sub/.terraform/environment --\nlive\n-- .git/a.tf --\n-- node_modules/a.tf --\n-- vendor/a.tf --\n", want: []string{". ="}},
		{name: "variables beside a root", files: "-- a.tf --\n-- eu.tfvars --\n-- us.tfvars.json --\n-- terraform.tfvars --\n-- x.auto.tfvars --\n", want: []string{". eu=eu.tfvars us=us.tfvars.json"}},
		{name: "only what is read anyway", files: "-- a.tf --\n-- terraform.tfvars --\n-- x.auto.tfvars.json --\n", want: []string{". ="}},
		{name: "variables in directories", files: "-- live/a.tf --\n-- live/environments/eu.tfvars --\n-- live/environments/us.tfvars --\n-- live/vars/stage/one.tfvars --\n-- live/vars/stage/two.tfvars --\n-- live/prod/terraform.tfvars --\n",
			want: []string{"live eu=environments/eu.tfvars prod=prod/terraform.tfvars stage=vars/stage/one.tfvars+vars/stage/two.tfvars us=environments/us.tfvars"}},
		{name: "variables of a root below are its own", files: "-- a.tf --\n-- b/b.tf --\n-- b/eu.tfvars --\n-- b/c/d/e/far.tfvars --\n", want: []string{". =", "b eu=eu.tfvars"}},
		{name: "variables for all, and for nobody", files: "-- a.tf --\n-- common.tfvars --\n-- example.tfvars --\n-- eu.tfvars --\n-- us.tfvars --\n", want: []string{". eu=common.tfvars+eu.tfvars us=common.tfvars+us.tfvars"}},
		{name: "variables for all alone", files: "-- a.tf --\n-- common.tfvars --\n", want: []string{". =common.tfvars"}},
		{name: "one name twice", files: "-- a.tf --\n-- eu.tfvars --\n-- envs/eu.tfvars --\n", want: []string{". eu (envs/eu.tfvars)=envs/eu.tfvars eu (eu.tfvars)=eu.tfvars"}},
		{name: "variables without a root", files: "-- a/eu.tfvars --\n", want: nil},
		{name: "some directories alone", files: "-- a/a.tf --\n-- b/b.tf --\n-- b/c/c.tf --\n", dirs: []string{"b", "b/c/"}, want: []string{"b =", "b/c ="}},
		{name: "broken files", files: "-- a/a.tf --\nmodule \"m\" { source = \"../b\"\n}}}}}\nprovider\n-- b/b.tf --\n{{{ \"${\n-- c/c.tf.json --\n{\"module\":\n", want: []string{"a =", "c ="}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dirs := tt.dirs
			if dirs == nil {
				dirs = []string{"."}
			}
			list, diags := discover(treeOf(tt.files), dirs, Limits{})
			if got := foundIn(list); !slices.Equal(got, tt.want) || len(diags) > 0 {
				t.Errorf("%q %v\nwant %q", got, diags, tt.want)
			}
		})
	}
}

func TestDiscoverFollowsLinksInsideAndTellsOthers(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "shared/providers.tf", "provider \"aws\" {}\n")
	write(t, dir, "live/main.tf", "module \"m\" { source = \"../m\" }\n")
	write(t, dir, "m/main.tf", "")
	write(t, dir, "z/deep/x.tf", "")
	for name, to := range map[string]string{"live/providers.tf": "../shared/providers.tf", "live/shadow": "/etc", "live/passwd.tf": "/etc/passwd", "live/gone.tf": "nothing", "live/gone.txt": "nothing",
		"again": "z", "z/up": "..", "loop": "loop", "live/up": "../../.."} {
		if err := os.Symlink(to, dir+"/"+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(dir+"/live/pipe.tf", 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	list, diags := Discover(tree, []string{"."}, Limits{})
	if got := foundIn(list); !slices.Equal(got, []string{"live =", "shared =", "z/deep ="}) {
		t.Errorf("%q", got)
	}
	var told []string
	for _, d := range diags {
		told = append(told, d.Range.Filename)
	}
	if want := []string{"live/gone.tf", "live/passwd.tf", "live/pipe.tf", "live/shadow", "live/up"}; !slices.Equal(told, want) {
		t.Errorf("%v", diags)
	}
	r, err := Load(t.Context(), tree, "live", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := r.Providers(); len(p) != 1 || p[0].Position().File != "live/providers.tf" {
		t.Errorf("a linked file is not read: %+v", p)
	}
}

func TestDiscoverIsBoundedAndCheap(t *testing.T) {
	dir := t.TempDir()
	for i := range 10_000 {
		text := fmt.Sprintf("module \"m\" {\n  source = \"../d%d\"\n}\n", i+1) + strings.Repeat("resource \"aws_lb\" \"x\" {\n  name = \"a-${var.x}\"\n}\n", 20)
		write(t, dir, fmt.Sprintf("d%d/main.tf", i), text)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := root.FS()
	begin := cpuTime(t)
	list, diags := discover(files, []string{"."}, Limits{})
	if spent := cpuTime(t) - begin; spent > cpuBudget*slower {
		t.Errorf("took %v of CPU", spent)
	} else {
		t.Logf("%v of CPU", spent)
	}
	if got := foundIn(list); !slices.Equal(got, []string{"d0 ="}) || len(diags) > 0 {
		t.Errorf("%d roots, %v", len(list), diags)
	}
	if _, diags := discover(files, []string{"."}, Limits{Discovered: 500, Entries: 20_000}); len(diags) != 1 {
		t.Errorf("%v", diags)
	}
	if _, diags := discover(files, []string{"."}, Limits{Entries: 100}); len(diags) != 1 {
		t.Errorf("%v", diags)
	}
	if list, diags := discover(files, []string{"nothing"}, Limits{}); len(list) != 0 || len(diags) != 1 {
		t.Errorf("%v", diags)
	}
}

// The scan of bytes sees what hcl's scanner sees in all files that hcl can parse.
func TestHeadersAreThoseOfTheTokens(t *testing.T) {
	files, err := filepath.Glob("../../testdata/vectors/terraform/cases/*/input/*.tf")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	texts := []string{facts, shop, fleetConfig, "a = \"${x[\"}\"]}{\"\nprovider \"x\" {}\n", "a = <<-E\n  $${\"\n  E\nprovider \"b\" {}\n", "/* provider \"a\" {} */ module \"x\" { source = \"./y\" }\n",
		"a = \"$${\"\nmodule \"x\" {\n  source=\"./y\" # z\n}\n", "a = \"\\\"{\"\nterraform {\n  cloud {}\n}\n", "a = 1 < 2 ? [<<A\n}\nA\n] : {}\nmodule \"a\" {\n  source = \"./z\"\n}\n"}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	marked, calls := 0, 0
	for _, text := range texts {
		var got header
		got.scan([]byte(text))
		want := headerOfTokens([]byte(text))
		if got.marked != want.marked || !slices.Equal(got.sources, want.sources) {
			t.Errorf("%+v, want %+v in\n%s", got, want, text)
		}
		calls += len(got.sources)
		if got.marked {
			marked++
		}
	}
	if marked < 5 || calls < 10 {
		t.Errorf("%d are marked, %d calls", marked, calls)
	}
}

// headerOfTokens is what hcl's own scanner sees.
func headerOfTokens(data []byte) (h header) {
	tokens, _ := hclsyntax.LexConfig(data, "a.tf", hcl.InitialPos)
	depth, block := 0, "" // the block that we are in
	fresh := true         // a line begins
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
			fresh = false
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			if depth--; depth <= 0 {
				depth, block = 0, ""
			}
			fresh = false
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			fresh = true
		case hclsyntax.TokenIdent:
			word := string(t.Bytes)
			inner := depth == 1 && (fresh || tokens[i-1].Type == hclsyntax.TokenOBrace)
			switch {
			case depth == 0 && fresh:
				block = word
				h.marked = h.marked || word == "provider"
			case inner && block == "terraform" && (word == "backend" || word == "cloud"):
				h.marked = true
			case inner && block == "module" && word == "source" && i+3 < len(tokens) && tokens[i+1].Type == hclsyntax.TokenEqual && tokens[i+2].Type == hclsyntax.TokenOQuote:
				h.call(string(tokens[i+3].Bytes))
			}
			fresh = false
		default:
			fresh = false
		}
	}
	return h
}

func FuzzHeader(f *testing.F) {
	seeds(f)
	f.Add([]byte(`{"module": {"m": [{"source": "./m"}]}, "terraform": [{"backend": {}}], "provider": []}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tree := fstest.MapFS{"a/a.tf": {Data: data, Mode: 0o600}, "b/b.tf.json": {Data: data, Mode: 0o600}}
		list, _ := discover(tree, []string{"."}, Limits{})
		if len(list) > 2 {
			t.Error(foundIn(list))
		}
	})
}
