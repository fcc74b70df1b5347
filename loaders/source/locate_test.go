package source

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/muster/mesh"
)

var _ mesh.Locator = (*Document)(nil)

const located = `apiVersion: v1
kind: A
metadata:
  name: x
  annotations:
    a/b: "1"
    c~d: "2"
base: &base
  tls: {mode: SIMPLE, port: 8443}
spec:
  hosts: ["*", {name: b}]
  rules:
    - to: west
      weights: [1, 2]
    -
      to: east
  copy: *base
  merged:
    <<: *base
    own: 1
  list: [*base]
  8080: http
  text: |  # a header may carry a comment
    first

      third
    fourth
  folded: >
    first
    second
  strip: |-

    second
`

func TestLocate(t *testing.T) {
	docs, _, diags := Parse("f.yaml", []byte("# above\n---\n"+object("other")+"---\n"+located), Options{})
	if len(docs) != 2 || len(diags) > 0 {
		t.Fatal(summary(docs, nil, diags))
	}
	const above = 4
	for _, tt := range []struct{ path, want string }{
		{"", "1:1"},
		{"/kind", "2:1 /kind"},
		{"/metadata/name", "4:3 /metadata/name"},
		{"/metadata/annotations/a~1b", "6:5 /metadata/annotations/a~1b"},
		{"/metadata/annotations/c~0d", "7:5 /metadata/annotations/c~0d"},
		{"/base/tls/port", "9:23 /base/tls/port"},
		{"/spec/hosts/0", "11:11 /spec/hosts/0"},
		{"/spec/hosts/1/name", "11:17 /spec/hosts/1/name"},
		{"/spec/rules/0", "13:7 /spec/rules/0"},
		{"/spec/rules/0/weights/1", "14:20 /spec/rules/0/weights/1"},
		{"/spec/rules/1", "16:7 /spec/rules/1"},
		{"/spec/rules/1/to", "16:7 /spec/rules/1/to"},
		// Through an alias: the entry at its anchor, the alias itself where it is written.
		{"/spec/copy", "17:3 /spec/copy"},
		{"/spec/copy/tls/mode", "9:9 /spec/copy/tls/mode"},
		{"/spec/merged/own", "20:5 /spec/merged/own"},
		{"/spec/merged/tls", "9:3 /spec/merged/tls"},
		{"/spec/list/0", "21:10 /spec/list/0"},
		{"/spec/8080", "22:3 /spec/8080"},
		// What is not there: the nearest ancestor that is.
		{"/spec/rules/0/port", "13:7 /spec/rules/0"},
		{"/spec/rules/7", "12:3 /spec/rules"},
		{"/spec/rules/to", "12:3 /spec/rules"},
		{"/spec/trafficPolicy/tls", "10:1 /spec"},
		{"/nothing/at/all", "1:1"},
		{"/kind/x", "2:1 /kind"},
		{"no pointer", "1:1"},
		// Lines of literal blocks.
		{"/spec/text", "23:3 /spec/text"},
		{"/spec/text#text:1", "24:5 /spec/text#text:1"},
		{"/spec/text#text:2", "25:1 /spec/text#text:2"},
		{"/spec/text#text:3", "26:7 /spec/text#text:3"},
		{"/spec/text#text:4", "27:5 /spec/text#text:4"},
		{"/spec/text#text:40", "23:3 /spec/text"},
		{"/spec/strip#text:2", "33:5 /spec/strip#text:2"},
		{"/spec/folded#text:2", "28:3 /spec/folded"},
		{"/kind#text:1", "2:1 /kind"},
		{"/spec/text#text:x", "10:1 /spec"},
	} {
		p := docs[1].Locate(tt.path)
		got := strings.TrimSpace(fmt.Sprintf("%d:%d %s", p.Line-above, p.Column, p.Path))
		if got != tt.want || p.File != "f.yaml" {
			t.Errorf("Locate(%q) = %s, want %s", tt.path, got, tt.want)
		}
	}
}

func TestLocateInJSON(t *testing.T) {
	text := "{\"apiVersion\": \"v1\", \"kind\": \"A\",\n\t\"spec\": {\"a/b\": [\n\t\t{\"é\": 1, \"x\": \"#\"},\n\t\t2], \"\\u0061\": {}}}\n" +
		"{\"apiVersion\": \"v1\",\n\"kind\": \"B\"}"
	docs, _, diags := Parse("f.json", []byte(text), Options{})
	if len(docs) != 2 || len(diags) > 0 {
		t.Fatal(summary(docs, nil, diags))
	}
	for _, tt := range []struct{ path, want string }{
		{"", "f.json:1:1"},
		{"/kind", "f.json:1:22 /kind"},
		{"/spec/a~1b/0", "f.json:3:3 /spec/a~1b/0"},
		{"/spec/a~1b/0/x", "f.json:3:12 /spec/a~1b/0/x"},
		{"/spec/a~1b/1", "f.json:4:3 /spec/a~1b/1"},
		{"/spec/a", "f.json:4:7 /spec/a"},
		{"/spec/a~1b/0/x#text:1", "f.json:3:12 /spec/a~1b/0/x"},
		{"/spec/none", "f.json:2:2 /spec"},
	} {
		p := docs[0].Locate(tt.path)
		if got := strings.TrimSpace(p.String() + " " + p.Path); got != tt.want {
			t.Errorf("Locate(%q) = %s, want %s", tt.path, got, tt.want)
		}
	}
	if p := docs[1].Locate("/kind"); p.String() != "f.json:6:1" {
		t.Errorf("/kind of the second value is at %v", p)
	}
}

// YAML 1.1 ends lines at characters that no editor ends lines at.
func TestLinesAreCountedAsEditorsCountThem(t *testing.T) {
	text := "apiVersion: v1\nkind: A\na: \"x\u2028y\"\nb: \"\u0085\"\nc: z\rd: 1\nspec: {e: 2}\n"
	docs, _, diags := Parse("f.yaml", []byte(text), Options{})
	if len(docs) != 1 {
		t.Fatal(diags)
	}
	if p := docs[0].Locate("/spec/e"); p.String() != "f.yaml:6:8" {
		t.Errorf("/spec/e is at %v, want f.yaml:6:8", p)
	}
}

func TestItemsOfAListPointAtTheirOwnLines(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string // Kind/name@position of /metadata/name
	}{
		{"block", `# dumped
apiVersion: v1
items:
- apiVersion: v1
  kind: Service
  metadata:
    name: a
# between
- kind: Pod
  apiVersion: v1
  metadata: {name: b}

kind: List
metadata:
  resourceVersion: ""
`, []string{"Service/a@7:5 4", "Pod/b@11:14 9"}},
		{"indented, at the end", "kind: List\napiVersion: v1\nitems:\n  - metadata:\n      name: a\n    apiVersion: v1\n    kind: A\n  -\n    apiVersion: v1\n    kind: B\n    metadata: {name: b}\n",
			[]string{"A/a@5:7 4", "B/b@11:16 9"}},
		// Escapes and folded text are for the full parser.
		{"full parser", "kind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: A\n  text: >\n    x\n  metadata: {name: \"\\u0061\"}\n- apiVersion: v1\n  kind: B\n  metadata:\n    name: b\nmore: 1\n",
			[]string{"A/a@8:14 4", "B/b@12:5 9"}},
		{"anchors across items", "kind: List\napiVersion: v1\nitems:\n- &a\n  apiVersion: v1\n  kind: A\n  metadata: {name: a}\n- <<: *a\n  kind: B\n",
			[]string{"A/a@7:14 4", "B/a@7:14 8"}},
		{"flow", "{kind: List, apiVersion: v1, items: [{apiVersion: v1, kind: A, metadata: {name: a}},\n {apiVersion: v1, kind: B, metadata: {name: b}}]}\n",
			[]string{"A/a@1:75 1", "B/b@2:39 2"}},
		{"JSON", "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [\n  {\"apiVersion\": \"v1\", \"kind\": \"A\",\n \"metadata\": {\"name\": \"a\"}},\n  {\"apiVersion\": \"v1\", \"kind\": \"B\", \"metadata\": {\"name\": \"b\"}}]}",
			[]string{"A/a@3:15 2", "B/b@4:50 4"}},
		{"typed list", "kind: ServiceList\napiVersion: v1\nitems:\n- metadata:\n    name: a\n- {metadata: {name: b}}\n",
			[]string{"Service/a@5:5 4", "Service/b@6:15 6"}},
		{"list in a list", "kind: List\napiVersion: v1\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n  - apiVersion: v1\n    kind: A\n    metadata:\n      name: a\n- apiVersion: v1\n  kind: B\n  metadata:\n    name: b\n",
			[]string{"A/a@10:7 7", "B/b@14:5 11"}},
		{"top-level array", "- apiVersion: v1\n  kind: A\n  metadata:\n    name: a\n- apiVersion: v1\n  kind: B\n  metadata:\n    name: b\n",
			[]string{"A/a@4:5 1", "B/b@8:5 5"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			docs, ignored, diags := Parse("f.yaml", []byte("---\n---\n"+tt.text), Options{})
			if len(docs) != len(tt.want) || len(diags) > 0 {
				t.Fatal(summary(docs, ignored, diags))
			}
			for i, d := range docs {
				p := d.Locate("/metadata/name")
				got := fmt.Sprintf("%s/%s@%d:%d %d", d.Kind, d.Name, p.Line-2, p.Column, d.Line-2)
				if got != tt.want[i] || p.Path != "/metadata/name" || d.Index != i {
					t.Errorf("item %d is %s (%s), want %s", i, got, p.Path, tt.want[i])
				}
				if missing := d.Locate("/spec/x"); missing.Line != d.Line+2-2 || missing.Path != "" {
					t.Errorf("what item %d lacks is at %v %q, want its line %d", i, missing, missing.Path, d.Line)
				}
			}
		})
	}
}

func TestListsThatHoldNoObjects(t *testing.T) {
	runParse(t, "f.yaml", []parseCase{
		{"empty", "apiVersion: v1\nkind: List\nitems: []\n", []string{"1 ignored: an empty list"}},
		{"without items", "apiVersion: v1\nkind: List\n", []string{"1 ignored: an empty list"}},
		{"a resource with items", "apiVersion: a.b/v1\nkind: AllowList\nmetadata: {name: a}\nitems: [10.0.0.0/8]\n", []string{"1 AllowList/a"}},
		{"a kind that happens to end in List", "apiVersion: a.b/v1\nkind: AllowList\nspec: {}\n", []string{"1 AllowList/"}},
		{"scalars and half objects", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- x\n- kind: B\n  apiVersion: ''\n", []string{
			"4 A/", "f.yaml:6:3: this item has no apiVersion and kind", "f.yaml:7:3: this item has no apiVersion and kind"}},
	})
}

func TestEmbedded(t *testing.T) {
	for _, tt := range []struct{ name, text, path, want string }{
		{"literal", "data:\n  mesh: |\n    # c\n    defaultConfig:\n      port: 1\n    list: [a, b]\n", "/defaultConfig/port", "7:7 /data/mesh#/defaultConfig/port"},
		{"literal, flow inside", "data:\n  mesh: |\n    # c\n    list: [a, b]\n", "/list/1", "6:15 /data/mesh#/list/1"},
		{"literal, missing", "data:\n  mesh: |\n    defaultConfig:\n      port: 1\n", "/defaultConfig/none", "5:5 /data/mesh#/defaultConfig"},
		{"literal with anchor", "data:\n  mesh: &m\n    |\n    a: 1\n", "/a", "6:5 /data/mesh#/a"},
		{"indentation indicator", "data:\n  mesh: |1-\n     a: 1\n     b: 2\n", "/b", "6:6 /data/mesh#/b"},
		{"folded", "data:\n  mesh: >\n    a: 1\n\n    b: 2\n", "/b", "4:3 /data/mesh#/b"},
		{"quoted", "data:\n  mesh: \"a: 1\\nb: 2\\n\"\n", "/b", "4:3 /data/mesh#/b"},
		{"flow", "data: {mesh: 'a: 1'}\n", "/a", "3:8 /data/mesh#/a"},
		{"no YAML", "data:\n  mesh: |\n    a: [\n", "/a", "4:3 /data/mesh"},
		{"absent", "data: {}\n", "/a", "3:1 /data"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			docs, ignored, diags := Parse("f.yaml", []byte("apiVersion: v1\nkind: ConfigMap\n"+tt.text), Options{})
			if len(docs) != 1 {
				t.Fatal(summary(docs, ignored, diags))
			}
			text := ""
			for _, l := range leaves(t, docs[0].JSON) {
				if l.path == "/data/mesh" {
					text = l.value.(string)
				}
			}
			p := Embedded(docs[0], "/data/mesh", text).Locate(tt.path)
			if got := fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Path); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A finding in an embedded text names the object that holds it.
func TestEmbeddedNamesItsObject(t *testing.T) {
	docs, _, _ := Parse("f.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: 'a: 1'}\n"), Options{})
	named, ok := Embedded(docs[0], "/data/mesh", "a: 1").(interface{ Resource() mesh.Resource })
	if want := docs[0].Resource(); !ok || named.Resource() != want || want.Name != "istio" {
		t.Errorf("%v, want the ConfigMap istio-system/istio", named)
	}
}

// A text that would expand without end must not be walked without end.
func TestEmbeddedAliasBombIsNotFollowed(t *testing.T) {
	docs, _, _ := Parse("f.yaml", []byte("apiVersion: v1\nkind: A\ndata: {mesh: x}\n"), Options{})
	for _, text := range []string{bomb(30), "a: &a {<<: *a}\n", "a: &a\n  b: *a\n"} {
		if p := Embedded(docs[0], "/data/mesh", text).Locate("/x/y"); p.String() != "f.yaml:3:8" {
			t.Errorf("%v", p)
		}
	}
}

func TestLocateFromManyGoroutines(t *testing.T) {
	docs, _, _ := Parse("f.yaml", []byte("kind: List\napiVersion: v1\nitems:\n- &a {apiVersion: v1, kind: A}\n- *a\n"), Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, d := range docs {
				d.Locate("/kind")
			}
		})
	}
	wg.Wait()
}

// bomb is a document in which each of n levels repeats the one above ten times.
func bomb(n int) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: A\nl0: &l0 [x]\n")
	for i := 1; i <= n; i++ {
		alias := fmt.Sprintf("*l%d", i-1)
		fmt.Fprintf(&b, "l%d: &l%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(alias+",", 10), ","))
	}
	return b.String()
}
