package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// load loads inputs below dir and renders the result, one line for each thing that was found.
func load(t *testing.T, dir string, opts Options, inputs ...Input) []string {
	t.Helper()
	opts.Root = dir
	res, err := Load(t.Context(), inputs, opts)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range res.Docs {
		out = append(out, fmt.Sprintf("%s:%d %s/%s", d.File, d.Line, d.Kind, d.Name))
	}
	for _, i := range res.Ignored {
		out = append(out, fmt.Sprintf("%s ignored: %s", i.File, i.Reason))
	}
	for _, d := range res.Diagnostics {
		out = append(out, d.Error())
	}
	return out
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// tree is a directory with an object named after each path.
func tree(t *testing.T, paths ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, p := range paths {
		write(t, filepath.Join(dir, filepath.FromSlash(p)), []byte(object(strings.ReplaceAll(p, "/", "-"))))
	}
	return dir
}

// files are the paths of the objects that were found.
func files(t *testing.T, dir string, opts Options, inputs ...Input) []string {
	t.Helper()
	got := load(t, dir, opts, inputs...)
	for i := range got {
		got[i], _, _ = strings.Cut(got[i], ":1 ")
	}
	return got
}

func TestDirectoriesAreReadInOrderOfPath(t *testing.T) {
	dir := tree(t, "b.yaml", "a/z.yml", "a/b/c.YAML", "a.yaml", "a/x.txt", "README.md", ".git/x.yaml",
		"node_modules/a/x.yaml", "a/vendor/x.yaml", ".hidden/x.yaml")
	expect(t, files(t, dir, Options{}, Input{Path: "."}), ".hidden/x.yaml", "a.yaml", "a/b/c.YAML", "a/z.yml", "b.yaml")
}

func TestDiscovery(t *testing.T) {
	dir := tree(t, "b.yaml", "a/z.yml", "a/b/c.yaml", "a.yaml", "a/x.txt", "docs/d.yaml", "a/docs/e.yaml")
	all := []string{"a.yaml", "a/b/c.yaml", "a/docs/e.yaml", "a/z.yml", "b.yaml", "docs/d.yaml"}
	for _, tt := range []struct {
		name   string
		opts   Options
		inputs []Input
		want   []string
	}{
		{"directory", Options{}, []Input{{Path: "."}}, all},
		{"absolute", Options{}, []Input{{Path: dir}}, all},
		{"subdirectory", Options{}, []Input{{Path: "./a/"}}, []string{"a/b/c.yaml", "a/docs/e.yaml", "a/z.yml"}},
		{"explicit file of any extension", Options{Exclude: []string{"**"}}, []Input{{Path: "a/x.txt"}}, []string{"a/x.txt"}},
		{"overlapping inputs of one cluster", Options{}, []Input{{Path: "a"}, {Path: "."}, {Path: "a/b/c.yaml"}, {Path: "a/../a.yaml"}}, all},
		{"the same file for two clusters", Options{}, []Input{{Path: "b.yaml", Cluster: "east"}, {Path: "b.yaml", Cluster: "west"}}, []string{"b.yaml", "b.yaml"}},
		{"exclude a directory", Options{Exclude: []string{"docs/**"}}, []Input{{Path: "."}}, []string{"a.yaml", "a/b/c.yaml", "a/docs/e.yaml", "a/z.yml", "b.yaml"}},
		{"exclude at any depth", Options{Exclude: []string{"**/docs", "a/?.yml"}}, []Input{{Path: "."}}, []string{"a.yaml", "a/b/c.yaml", "b.yaml"}},
		{"exclude is relative to the input", Options{Exclude: []string{"docs"}}, []Input{{Path: "a"}}, []string{"a/b/c.yaml", "a/z.yml"}},
		{"include", Options{Include: []string{"*.yaml", "a/**/*.yml"}}, []Input{{Path: "."}}, []string{"a.yaml", "a/z.yml", "b.yaml"}},
		{"include a directory", Options{Include: []string{"a"}, Exclude: []string{"a/b"}}, []Input{{Path: "."}}, []string{"a/docs/e.yaml", "a/z.yml"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, files(t, dir, tt.opts, tt.inputs...), tt.want...)
		})
	}
}

func TestUsageProblemsAreErrors(t *testing.T) {
	dir := tree(t, "a.yaml")
	for _, tt := range []struct {
		opts   Options
		inputs []Input
		want   string
	}{
		{Options{}, []Input{{Path: "none"}}, "none does not exist (inputs are relative to " + dir + ")"},
		{Options{}, []Input{{Path: ""}}, "an input without a path"},
		{Options{Exclude: []string{"a[b"}}, []Input{{Path: "."}}, `"a[b" is no glob`},
		{Options{}, []Input{{Path: "-"}}, "-: there is no standard input to read"},
		{Options{Stdin: strings.NewReader("")}, []Input{{Path: "-", Cluster: "a"}, {Path: "-", Cluster: "b"}}, "-: standard input can be read for one cluster only"},
	} {
		tt.opts.Root = dir
		if _, err := Load(t.Context(), tt.inputs, tt.opts); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%v: got %v, want %s", tt.inputs, err, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Load(ctx, []Input{{Path: "a.yaml"}}, Options{Root: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestStandardInput(t *testing.T) {
	opts := Options{Stdin: strings.NewReader(object("a") + "---\nx: [\n")}
	expect(t, load(t, t.TempDir(), opts, Input{Path: "-", Cluster: "east"}), "-:1 A/a", "-:3:1: there is no value YAML could read here")
	// A terminal at which nobody sits does not keep a load that was cancelled.
	ctx, cancel := context.WithCancel(t.Context())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	cancel()
	if _, err := Load(ctx, []Input{{Path: "-"}}, Options{Stdin: r}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestGitignorePrunesDiscovery(t *testing.T) {
	dir := tree(t, "a.yaml", "rendered/b.yaml", "x/rendered/c.yaml", "x/d.yaml", "x/keep/e.yaml", "x/y/f.yaml")
	write(t, filepath.Join(dir, ".gitignore"), []byte("/rendered/\n*.tmp\nx/keep/*\n"))
	write(t, filepath.Join(dir, "x", ".gitignore"), []byte("d.yaml\n!keep/e.yaml\n"))
	in := Input{Path: "."}
	expect(t, files(t, dir, Options{}, in), "a.yaml", "x/keep/e.yaml", "x/rendered/c.yaml", "x/y/f.yaml")
	expect(t, files(t, dir, Options{NoIgnore: true}, in), "a.yaml", "rendered/b.yaml", "x/d.yaml", "x/keep/e.yaml", "x/rendered/c.yaml", "x/y/f.yaml")
	expect(t, files(t, dir, Options{}, Input{Path: "x/d.yaml"}, Input{Path: "rendered"}), "rendered/b.yaml", "x/d.yaml")
	// Inside a repository, what is above the input counts too.
	write(t, filepath.Join(dir, ".gitignore"), []byte("x/y/\n"))
	expect(t, files(t, dir, Options{}, Input{Path: "x"}), "x/keep/e.yaml", "x/rendered/c.yaml", "x/y/f.yaml")
	write(t, filepath.Join(dir, ".git", "HEAD"), nil)
	expect(t, files(t, dir, Options{}, Input{Path: "x"}), "x/keep/e.yaml", "x/rendered/c.yaml")
}

// Git is the arbiter of what git ignores.
func TestGitignoreAgreesWithGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git to compare with")
	}
	var paths []string
	for _, d := range []string{"", "a", "a/b", "a/b/c", "foo", "a/foo", "build", "a/build", "x/y", "docs/a/b"} {
		for _, f := range []string{"x.yaml", "foo.yaml", "keep.yaml", "#x.yaml", "!x.yaml", "a b.yaml", "x1.yaml", "build.json", "é.yaml"} {
			paths = append(paths, path.Join(d, f))
		}
	}
	dir := tree(t, paths...)
	write(t, filepath.Join(dir, "a", ".gitignore"), []byte("/b/keep.yaml\n!foo.yaml\nx1.yaml\n"))
	if out, err := exec.Command(git, "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("git init: %s", out)
	}
	for _, tt := range []string{
		"*.yaml\n!keep.yaml\n", "foo\n", "/foo\n", "foo/\n", "a/foo\n", "a/*\n!a/b/\n", "**/build\n", "build/**\n!build/keep.yaml\n",
		"a/**/x.yaml\n", "# comment\n\\#x.yaml\n\\!x.yaml\n", "a\\ b.yaml\n", "x?.yaml\n", "x[0-9].yaml\n", "x[!0-9].yaml\n", "[!x]*.yaml\n",
		"foo.yaml   \n", "/a/b/c/../x.yaml\n", "*\n!*/\n!keep.yaml\n", "docs/*/b\n", "docs/**\n", "**\n", "/**/foo\n", "foo/*\n!foo/keep.yaml\n",
		"a/**\n!a/b/\n!a/b/keep.yaml\n", "é.yaml\n", "[\n", "!\n/\n//\n", "build\r\n", "**foo.yaml\n", "a/b\n!a/b/keep.yaml\n",
	} {
		write(t, filepath.Join(dir, ".gitignore"), []byte(tt))
		out, err := exec.Command(git, "-C", dir, "ls-files", "-z", "--others", "--exclude-per-directory=.gitignore").Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
		want = slices.DeleteFunc(want, func(p string) bool { return path.Base(p) == ".gitignore" })
		slices.Sort(want)
		found, _, err := Find(t.Context(), []Input{{Path: "."}}, Options{Root: dir}, ".yaml", ".json")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found {
			got = append(got, f.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q\n found %q\n   git %q", tt, got, want)
		}
	}
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip("no symlinks here: ", err)
	}
}

func TestSymlinks(t *testing.T) {
	outside := tree(t, "secret.yaml", "sub/secret.yaml")
	dir := tree(t, "in/a.yaml", "in/d/b.yaml", "in/node_modules/c.yaml", "in/node_modules/sub/d.yaml")
	in := filepath.Join(dir, "in")
	symlink(t, "a.yaml", filepath.Join(in, "again.yaml"))
	symlink(t, ".", filepath.Join(in, "cycle"))
	symlink(t, "../d", filepath.Join(in, "d", "up"))
	symlink(t, "node_modules/c.yaml", filepath.Join(in, "linked.yaml"))
	symlink(t, filepath.Join(in, "node_modules", "sub"), filepath.Join(in, "linked-dir"))
	symlink(t, filepath.Join(outside, "secret.yaml"), filepath.Join(in, "leak.yaml"))
	symlink(t, filepath.Join(outside, "sub"), filepath.Join(in, "leak-dir"))
	symlink(t, "/bin/sh", filepath.Join(in, "shell"))
	symlink(t, "nowhere.yaml", filepath.Join(in, "dangling.yaml"))
	symlink(t, "loop.yaml", filepath.Join(in, "loop.yaml"))
	expect(t, load(t, dir, Options{}, Input{Path: "in"}),
		"in/a.yaml:1 A/in-a.yaml",
		"in/d/b.yaml:1 A/in-d-b.yaml",
		"in/linked-dir/d.yaml:1 A/in-node_modules-sub-d.yaml",
		"in/linked.yaml:1 A/in-node_modules-c.yaml",
		"in/dangling.yaml: cannot be read: this symlink points at nothing",
		"in/leak-dir: this symlink leads out of in and is not followed; name its target as an input",
		"in/leak.yaml: this symlink leads out of in and is not followed; name its target as an input",
		"in/loop.yaml: cannot be read: this symlink cannot be resolved",
	)
	// What the user names is meant, symlink or not.
	symlink(t, outside, filepath.Join(dir, "named"))
	expect(t, files(t, dir, Options{}, Input{Path: "named/sub"}, Input{Path: "in/leak.yaml"}, Input{Path: "named"}),
		"in/leak.yaml", "named/sub/secret.yaml")
}

func TestFilesThatVanishAreReported(t *testing.T) {
	dir := tree(t, "a.yaml")
	found, _, err := Find(t.Context(), []Input{{Path: "."}}, Options{Root: dir}, ".yaml")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, diag := found[0].Read(t.Context(), Limits{}); diag == nil || diag.Error() != "a.yaml: cannot be read: no such file or directory" {
		t.Errorf("got %v", diag)
	}
}

func TestDocumentsCarryWhereTheyCameFrom(t *testing.T) {
	dir := tree(t, "clusters/east/a.yaml")
	res, err := Load(t.Context(), []Input{{Path: "clusters/east", Cluster: "east"}}, Options{Root: dir})
	if err != nil || len(res.Docs) != 1 {
		t.Fatal(res, err)
	}
	d := res.Docs[0]
	if d.File != "clusters/east/a.yaml" || d.Root != "clusters/east" || d.Cluster != "east" || res.Files != 1 || res.Documents != 1 {
		t.Errorf("got %+v of %+v", d, res)
	}
}

func TestResultsDoNotDependOnParallelism(t *testing.T) {
	dir := t.TempDir()
	for i := range 30 {
		var b bytes.Buffer
		for j := range 20 {
			fmt.Fprintf(&b, "---\n%s", object(fmt.Sprintf("n%d-%d", i, j)))
			if j%7 == 3 {
				b.WriteString("---\na: [\n---\nx: y\n")
			}
		}
		write(t, filepath.Join(dir, fmt.Sprintf("d%d", i%3), fmt.Sprintf("f%d.yaml", i)), b.Bytes())
	}
	render := func(workers int) []string { return load(t, dir, Options{Workers: workers}, Input{Path: "."}) }
	one := render(1)
	for range 3 {
		if many := render(8); !reflect.DeepEqual(one, many) {
			t.Fatal("one worker and eight find different things")
		}
	}
	if len(one) != 30*20+30*3*2 {
		t.Errorf("found %d things", len(one))
	}
}
