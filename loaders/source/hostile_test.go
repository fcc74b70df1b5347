package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTagsAreReadAsKubernetesReadsThem(t *testing.T) {
	// A tag never makes anything happen: it is dropped, or the value is what base64 stands for.
	for text, want := range map[string]string{
		`a: !!python/object:os.system "ls"`: `{"a":"ls"}`,
		"a: !custom {b: !Sub c}":            `{"a":{"b":"c"}}`,
		"a: !!binary aGVsbG8=":              `{"a":"hello"}`,
		"a: !!str 1":                        `{"a":"1"}`,
		"a: !!set {x, z}":                   `{"a":{"x":null,"z":null}}`,
	} {
		docs, _, diags := Parse("f.yaml", []byte("apiVersion: v1\nkind: A\nspec: {"+text+"}\n"), Options{})
		if len(docs) != 1 || len(diags) != 0 || !strings.Contains(string(docs[0].JSON), `"spec":`+want) {
			t.Errorf("%s: %v %s, want %s", text, summary(docs, nil, diags), docs[0].JSON, want)
		}
	}
}

func TestUnusualContentIsToldAtItsPlace(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	runParse(t, "f.yaml", []parseCase{
		{"very long line", "apiVersion: v1\nkind: A\nx: " + long + "\n", []string{"1 A/"}},
		{"behind a very long value", "x: '" + long + "' y\n", []string{"f.yaml:1:1: this line does not fit the indentation, or the quotes, of the lines above it"}},
		{"wildcard without quotes", "a:\n- *.example.com\n", []string{"f.yaml:2:3: an & or * without a name; put the value in quotes"}},
		{"long name", "apiVersion: v1\nkind: A\nmetadata: {name: " + strings.Repeat("n", 254) + "}\n", []string{
			"f.yaml:3:12: metadata.name is longer than Kubernetes takes; the object is left out"}},
		{"longest name", "apiVersion: v1\nkind: A\nmetadata: {name: " + strings.Repeat("n", 253) + "}\n", []string{"1 A/" + strings.Repeat("n", 253)}},
		{"long kind", "apiVersion: v1\nkind: " + long + "\n", []string{"f.yaml:2:1: kind is longer than Kubernetes takes; the object is left out"}},
		{"binary", "\x00\x01\x02\x03\n", []string{"f.yaml:1:1: a control character; remove it"}},
	})
	runParse(t, "f.json", []parseCase{
		{"deep", `{"apiVersion":"v1","kind":"A","x":` + strings.Repeat("[", 100_000), []string{"f.json:1:10034: nested thousands of levels deep; the document is left out"}},
		{"duplicates at several levels", `{"apiVersion":"v1","kind":"A","a":[1,"b",{"b":"a","c":[],"b":{"a":1}}],"kind":"A"}`, []string{"1 A/",
			`f.json:1:58: the key "b" stands twice in this mapping; remove one of the two`,
			`f.json:1:72: the key "kind" stands twice in this mapping; remove one of the two`}},
	})
}

func TestManyProblemsOfOneFileAreCounted(t *testing.T) {
	const bad = "a: [\n---\n"
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"as many as are told", strings.Repeat(bad, 3), []string{"1:1", "3:1", "5:1"}},
		{"one more", strings.Repeat(bad, 4), []string{"1:1", "3:1", "5:1", "7:1: here and in 0 more places"}},
		{"many", strings.Repeat(bad, 500), []string{"1:1", "3:1", "5:1", "7:1: here and in 496 more places"}},
		{"items", "apiVersion: v1\nkind: List\nitems:\n" + strings.Repeat("- a\n", 500), []string{"4:3", "5:3", "6:3", "7:3: here and in 496 more places"}},
	} {
		_, _, diags := Parse("f.yaml", []byte(tt.text), Options{Limits: Limits{Problems: 3}})
		if len(diags) != len(tt.want) {
			t.Errorf("%s: %v", tt.name, diags)
			continue
		}
		for i, want := range tt.want {
			if got := diags[i].Error(); !strings.HasPrefix(got, "f.yaml:"+want) {
				t.Errorf("%s: %s, want %s", tt.name, got, want)
			}
		}
	}
}

func TestValuesAreLimited(t *testing.T) {
	// The commas make more values than lines tell; JSON is not built as a tree, and is not limited.
	text := "apiVersion: v1\nkind: A\nx: [" + strings.Repeat("a,", 100) + "]\n"
	expect(t, parseWith(Limits{Values: 200}, text), "1 A/")
	expect(t, parseWith(Limits{Values: 50}, text+"---\n"+object("b")), "5 A/b", "f.yaml:1:1: more than 50 values; the document is left out. Split it into several documents")
	expect(t, parseWith(Limits{Values: 5}, `{"apiVersion":"v1","kind":"A","x":[1,2,3,4,5,6,7,8]}`), "1 A/")
}

func TestAllFilesTogetherAreLimited(t *testing.T) {
	dir := tree(t, "a.yaml", "b.yaml", "c.yaml", "d.yaml")
	size := len(object("a.yaml"))
	for _, workers := range []int{1, 4} {
		for range 5 {
			expect(t, load(t, dir, Options{Workers: workers, Limits: Limits{TotalBytes: 2*size + 3}}, Input{Path: "."}),
				"a.yaml:1 A/a.yaml", "b.yaml:1 A/b.yaml",
				fmt.Sprintf("c.yaml: the inputs are larger than %d bytes together; this file and the 1 behind it are not read. Audit fewer of them in one run", 2*size+3))
		}
	}
	expect(t, load(t, dir, Options{Limits: Limits{TotalBytes: 4 * size}}, Input{Path: "."}),
		"a.yaml:1 A/a.yaml", "b.yaml:1 A/b.yaml", "c.yaml:1 A/c.yaml", "d.yaml:1 A/d.yaml")
	expect(t, load(t, dir, Options{Limits: Limits{Files: 3}}, Input{Path: "."}),
		"a.yaml:1 A/a.yaml", "b.yaml:1 A/b.yaml", "c.yaml:1 A/c.yaml", ".: more than 3 files; the rest is not read. Audit fewer of them in one run, or --exclude some")
}

func TestAFileOfSeveralClustersCountsOnce(t *testing.T) {
	dir := tree(t, "a.yaml", "b.yaml")
	res, err := Load(t.Context(), []Input{{Path: ".", Cluster: "east"}, {Path: ".", Cluster: "west"}}, Options{Root: dir})
	if err != nil || res.Files != 2 || res.Documents != 2 || len(res.Docs) != 4 {
		t.Errorf("%d files, %d documents, %d delivered (%v); want 2, 2 and 4", res.Files, res.Documents, len(res.Docs), err)
	}
}

// What a file becomes between discovery and reading is told, and never waited for or followed.
func TestFilesThatChangeBeforeTheyAreRead(t *testing.T) {
	outside := tree(t, "secret.yaml")
	for _, tt := range []struct {
		name   string
		change func(path string) error
		want   string // of the diagnostic; "" means that it is read
	}{
		{"grown", func(p string) error { return os.WriteFile(p, make([]byte, 2000), 0o600) }, "a.yaml:1:1: larger than 1000 bytes"},
		{"emptied", func(p string) error { return os.Truncate(p, 0) }, ""},
		{"a directory", func(p string) error { return os.Mkdir(p, 0o700) }, "a.yaml: cannot be read: not a regular file"},
		{"a symlink that leads out", func(p string) error { return os.Symlink(filepath.Join(outside, "secret.yaml"), p) }, "a.yaml: cannot be read: path escapes from parent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tree(t, "a.yaml")
			found, _, err := Find(t.Context(), []Input{{Path: "."}}, Options{Root: dir}, ".yaml")
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			path := filepath.Join(dir, "a.yaml")
			if strings.HasPrefix(tt.name, "a ") {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			if err := tt.change(path); err != nil {
				t.Skip("cannot be set up here: ", err)
			}
			data, diag := found[0].Read(t.Context(), Limits{FileBytes: 1000})
			switch {
			case tt.want == "" && (diag != nil || len(data) != 0):
				t.Errorf("%q, %v", data, diag)
			case tt.want != "" && (diag == nil || !strings.HasPrefix(diag.Error(), tt.want)):
				t.Errorf("%q, %v; want %s", data, diag, tt.want)
			}
		})
	}
}

// Patterns come from strangers: none may take longer than pattern times path.
func TestGlobsOfManyDoubleStarsAreFast(t *testing.T) {
	g, err := parseGlob(strings.Repeat("**/a/", 30) + "b")
	if err != nil {
		t.Fatal(err)
	}
	path := strings.Split(strings.Repeat("a/", 400)+"c", "/")
	done := make(chan bool, 1)
	go func() { done <- g.match(path) }()
	select {
	case matched := <-done:
		if matched {
			t.Error("matches")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("still at it")
	}
	path[len(path)-1] = "b"
	if !g.match(path) {
		t.Error("does not match")
	}
}

func TestRulesOfIgnoreFilesAreLimited(t *testing.T) {
	rules := strings.Repeat("x*.tmp\n", mostRules)
	dir := tree(t, "a.yaml", "d/b.yaml")
	write(t, filepath.Join(dir, ".gitignore"), []byte(rules+"a.yaml\n"))
	write(t, filepath.Join(dir, "d", ".gitignore"), []byte("b.yaml\n"))
	expect(t, files(t, dir, Options{}, Input{Path: "."}), "a.yaml", "d/b.yaml")
}

func TestEmbeddedJSONHasLimits(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"sound", "a: b", ""},
		{"bomb", bomb(30), "line 8: up to here, aliases repeat more than 100000 values; write them out"},
		{"deep", strings.Repeat("[", 300) + strings.Repeat("]", 300), "nested more than 200 levels deep; the document is left out"},
		{"broken", "a: b\nc: [", "line 2: there is no value YAML could read here"},
		{"dense", "[" + strings.Repeat("a,", 1<<20) + "]", "more than 1000000 values; the document is left out. Split it into several documents"},
	} {
		js, err := EmbeddedJSON(tt.text)
		if tt.want == "" && (err != nil || string(js) != `{"a":"b"}`) || tt.want != "" && (err == nil || err.Error() != tt.want) {
			t.Errorf("%s: %.40s, %v; want %s", tt.name, js, err, tt.want)
		}
	}
}
