package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/loaders/source"
)

// mutilatedLinkerd reads a vector's clusters after change has had its way with their documents.
func mutilatedLinkerd(t *testing.T, dir string, q linkerdQueries, change func([]*source.Document) []*source.Document) *linkerd.Cluster {
	t.Helper()
	read := func(file, name string) *linkerd.Cluster {
		docs, err := documents(filepath.Join(dir, "input", file), name)
		if err != nil {
			t.Fatal(err)
		}
		objects, _ := linkerd.Read(change(docs))
		return &linkerd.Cluster{Objects: objects, Adaptor: true}
	}
	c := read("local.yaml", "local")
	c.Linked = map[string]*linkerd.Cluster{}
	for name, file := range q.Remotes {
		c.Linked[name] = read(file, name)
	}
	return c
}

// Whatever stands in the files, questions are answered, and twice in the same way.
func TestMutilatedLinkerdClustersAreAnswered(t *testing.T) {
	for i, v := range linkerdVectors(t) {
		q, _, err := readLinkerd(v.dir)
		if err != nil {
			t.Fatal(err)
		}
		for round := range 5 {
			r := rand.New(rand.NewPCG(uint64(i), uint64(round)))
			c := mutilatedLinkerd(t, v.dir, q, func(docs []*source.Document) []*source.Document {
				var out []*source.Document
				for _, d := range docs {
					out = append(out, damaged(r, d)...)
				}
				return out
			})
			for _, asked := range q.Queries {
				if one, two := answerLinkerd(c, asked), answerLinkerd(c, asked); !reflect.DeepEqual(one, two) {
					t.Errorf("%s, %s: %s, then %s", v.dir, asked.Path, shown(one), shown(two))
				}
			}
		}
	}
}

func TestTheOrderOfLinkerdObjectsDecidesNothing(t *testing.T) {
	for i, v := range linkerdVectors(t) {
		q, c, err := readLinkerd(v.dir)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(uint64(i), 0))
		other := mutilatedLinkerd(t, v.dir, q, func(docs []*source.Document) []*source.Document {
			docs = slices.Clone(docs)
			r.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
			return docs
		})
		other.Adaptor = false
		for _, asked := range q.Queries {
			if one, two := answerLinkerd(c, asked), answerLinkerd(other, asked); !reflect.DeepEqual(one, two) {
				t.Errorf("%s, %s: %s, then %s", v.dir, asked.Path, shown(one), shown(two))
			}
		}
	}
}

// Every address of the slices is either given to the client, or left out for a reason.
func TestEveryAddressIsAccountedFor(t *testing.T) {
	for _, v := range linkerdVectors(t) {
		q, c, err := readLinkerd(v.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, asked := range q.Queries {
			a := c.Get(linkerd.GetQuery{Path: asked.Path, Node: asked.ClientNode})
			if asked.Kind != "get" || a.Discovery != linkerd.Local || a.Code != linkerd.OK {
				continue
			}
			host := strings.Split(strings.TrimSuffix(strings.Split(asked.Path, ":")[0], ".svc.cluster.local"), ".")
			key := kubernetes.Key{Namespace: host[len(host)-1], Name: host[len(host)-2]}
			all := 0
			for _, s := range c.Slices[key] {
				for _, e := range s.Entries {
					all += len(e.Addresses)
				}
			}
			if got := len(a.Endpoints) + len(a.Left); got != all {
				t.Errorf("%s, %s: %d of %d addresses", v.dir, asked.Path, got, all)
			}
		}
	}
}

func TestADifferentLinkerdAnswerIsShownWithBothValues(t *testing.T) {
	for what, change := range map[string][2]string{
		`"weight":10000`:          {`"weight": 10000,`, `"weight": 1,`},
		"unknown field":           {`"weight": 10000,`, `"weight": 10000, "priority": 1,`},
		"answer 0 is for another": {`"clientNode": "n-a"`, `"clientNode": "n-b"`},
		`"code":"Unavailable"`:    {`"code": "OK"`, `"code": "Unavailable"`},
		`"zoneLocality":"remote"`: {`"zoneLocality": "local"`, `"zoneLocality": "remote"`},
	} {
		dir := filepath.Join(t.TempDir(), "linkerd", "case")
		if err := os.CopyFS(dir, os.DirFS(recorded+"/linkerd/cases/05-internal-traffic-local")); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "expect.json")
		expect, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		forged := strings.Replace(string(expect), change[0], change[1], 1)
		if forged == string(expect) {
			t.Fatalf("%q is not in the vector", change[0])
		}
		if err := os.WriteFile(path, []byte(forged), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if ok, err := check(&out, dir, "", false); err != nil || ok {
			t.Errorf("%s: ok %v, error %v", what, ok, err)
		}
		if !strings.Contains(out.String(), what) || !strings.Contains(out.String(), "linkerd: agree 0 of 1") {
			t.Errorf("%q is missing in\n%s", what, out.String())
		}
	}
}

func linkerdVectors(t *testing.T) []*vector {
	t.Helper()
	vectors, err := find(recorded+"/linkerd", "")
	if err != nil || len(vectors) == 0 {
		t.Fatalf("no vectors (%v)", err)
	}
	return vectors
}
