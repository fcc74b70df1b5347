package policy

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/passmuster/muster/mesh"
)

// storeOf is data for all objects of a fleet.
func storeOf(g *mesh.Graph, objects []mesh.Object) *store {
	p := newProjection(g)
	kinds := map[string]bool{}
	for _, o := range objects {
		kinds[o.Kind] = true
	}
	return newStore(p, sections(p), newManifests(p, objects, kinds))
}

// everyPath yields the paths of all values inside a value.
func everyPath(v ast.Value, at storage.Path, yield func(storage.Path, ast.Value)) {
	yield(at, v)
	switch x := v.(type) {
	case ast.Object:
		x.Foreach(func(k, v *ast.Term) {
			key, _ := k.Value.(ast.String)
			everyPath(v.Value, append(slices.Clip(at), string(key)), yield)
		})
	case *ast.Array:
		for i := range x.Len() {
			everyPath(x.Elem(i).Value, append(slices.Clip(at), strconv.Itoa(i)), yield)
		}
	}
}

// What policies read piece by piece is what they would read as a whole, and nothing more is there.
func TestPartsOfDataAreThoseOfTheWhole(t *testing.T) {
	f := load(t, "../testdata/fleets/shop-broken")
	objects := append(f.Objects(map[string]bool{"VirtualService": true, "Service": true, "Deployment": true, "AuthorizationPolicy": true, "HorizontalPodAutoscaler": true}), mesh.Object{
		ID: "east//Secret/shop/s", Resource: mesh.Resource{Kind: "Secret", Namespace: "shop", Name: "s", Cluster: "east"},
		JSON: []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","labels":{"a\u002fb":"c","d":[1,[2.50,{"e":null}],"\"]"]}},"data":{"key":"hidden"},"type":"Opaque"}`),
	})
	whole, err := storeOf(f.Graph, objects).Read(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	everyPath(whole.(ast.Value), nil, func(storage.Path, ast.Value) { n++ })
	if n < 5000 {
		t.Fatalf("%d values, want a fleet's", n)
	}
	parts := storeOf(f.Graph, objects) // nothing of it is made yet, and reading parts does not make the whole
	everyPath(whole.(ast.Value), nil, func(at storage.Path, want ast.Value) {
		if len(at) < 4 {
			return
		}
		got, err := parts.Read(t.Context(), nil, at)
		if err != nil || got.(ast.Value).Compare(want) != 0 {
			t.Errorf("%v is %v (%v), want %v", at, got, err, want)
		}
		for _, beyond := range []string{"none", "-1", "01", "99999"} {
			if v, err := parts.Read(t.Context(), nil, append(slices.Clip(at), beyond)); !storage.IsNotFound(err) {
				t.Errorf("%v/%s is %v, want nothing there", at, beyond, v)
			}
		}
	})
	for _, at := range []storage.Path{{"graph", "none"}, {"none"}, {"objects", "none", "spec"}, {"objects", "east//Secret/shop/s", "data"}, {"objects", "east//Secret/shop/s", "data", "key"}} {
		if v, err := parts.Read(t.Context(), nil, at); !storage.IsNotFound(err) {
			t.Errorf("%v is %v, want nothing there", at, v)
		}
	}
}

// FuzzValueAt holds the way through JSON by offsets to decoding it.
func FuzzValueAt(f *testing.F) {
	for _, text := range []string{`{"a":{"b":[1,{"c":"d\"}"}]},"a\u0062":2}`, ` [ {"x" : null , "y":-1e3} , [ ] ] `, `{"a":1,"a":2}`, `"a"`, `{"":{"":[]}}`} {
		f.Add(text, "a", "b")
		f.Add(text, "0", "x")
		f.Add(text, "", "")
	}
	f.Fuzz(func(t *testing.T, text, first, second string) {
		var whole any
		if json.Unmarshal([]byte(text), &whole) != nil {
			return
		}
		for _, path := range [][]string{nil, {first}, {first, second}} {
			want, found := decodedAt(whole, path)
			got := valueAt([]byte(text), path)
			if found != (got != nil) {
				t.Fatalf("%s: %q is there: %v, and found: %q", text, path, found, got)
			}
			var v any
			if found && (json.Unmarshal(got, &v) != nil || !sameJSON(v, want)) {
				t.Fatalf("%s: %q is %s, want %v", text, path, got, want)
			}
		}
	})
}

func decodedAt(v any, path []string) (any, bool) {
	for _, step := range path {
		switch x := v.(type) {
		case map[string]any:
			member, ok := x[step]
			if !ok {
				return nil, false
			}
			v = member
		case []any:
			i := indexOf(step)
			if i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

func sameJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
