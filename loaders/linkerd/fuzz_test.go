package linkerd_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/loaders/source"
)

// FuzzAnswers reads whatever documents parse, as the client's cluster and as a linked one, and asks
// for everything twice. Nothing in an input may make it panic, or answer differently.
func FuzzAnswers(f *testing.F) {
	seeds, err := filepath.Glob("../../testdata/vectors/linkerd/*/*/input/local.yaml")
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, path := range seeds {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 8000 {
			f.Add(data, "web.shop.svc.cluster.local:80")
		}
	}
	f.Add([]byte(webService("annotations: {balancer.linkerd.io/failure-accrual: unified, balancer.linkerd.io/failure-accrual-consecutive-min-penalty: 5ms, retry.linkerd.io/http: '5xx,500-503', timeout.linkerd.io/idle: 1h}", "")), "web.shop.svc.cluster.local")
	f.Add([]byte(split(controlled, three)+endpoints("east", true)+profileOf("client", "dstOverrides: [{authority: a, weight: 500m}]")), "10.1.2.3:80")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		docs, _, _ := source.Parse("k.yaml", data, source.Options{})
		if len(docs) > 40 {
			return
		}
		one, two := answers(docs, path), answers(docs, path)
		for i := range one {
			if !reflect.DeepEqual(one[i], two[i]) {
				t.Errorf("%+v, then %+v", one[i], two[i])
			}
		}
	})
}

// answers asks a cluster that the documents describe for all that they name.
func answers(docs []*source.Document, path string) []any {
	objects, diags := linkerd.Read(docs)
	c := &linkerd.Cluster{Objects: objects, Adaptor: true, Linked: map[string]*linkerd.Cluster{"east": {Objects: objects}}}
	out := []any{diags, c.Get(linkerd.GetQuery{Path: path}), c.Profile(linkerd.ProfileQuery{Path: path, Namespace: "client"})}
	for _, d := range docs {
		name := d.Name + "." + d.Namespace + ".svc.cluster.local"
		for _, node := range []string{"", "n-a"} {
			out = append(out, c.Get(linkerd.GetQuery{Path: name, Node: node}), c.Get(linkerd.GetQuery{Path: "p-0." + name + ":3306", Node: node}))
		}
		out = append(out, c.Profile(linkerd.ProfileQuery{Path: name, Namespace: "client"}))
	}
	for key := range objects.Splits {
		c.Failover(key)
	}
	for _, s := range objects.Services {
		s.Breaker()
		s.HTTPRetries()
		s.GRPCRetries()
		s.Timeouts()
	}
	return out
}
