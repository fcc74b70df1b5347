package cluster

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/passmuster/muster/loaders/cluster/clustertest"
)

func object(namespace, name string) map[string]any {
	return map[string]any{
		"metadata": map[string]any{
			"name": name, "namespace": namespace, "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": []any{map[string]any{"manager": "kubectl"}},
			"annotations": map[string]any{"kubectl.kubernetes.io/last-applied-configuration": "{}", "passmuster.dev/rto": "30s"},
		},
		"spec": map[string]any{"host": name},
	}
}

func shop() *clustertest.API {
	return &clustertest.API{
		Kinds: map[string][]clustertest.Kind{
			"v1":                          {{Name: "Service", Resource: "services", Namespaced: true}, {Name: "Node", Resource: "nodes"}, {Name: "ConfigMap", Resource: "configmaps", Namespaced: true}, {Name: "Secret", Resource: "secrets", Namespaced: true}, {Name: "Event", Resource: "events", Namespaced: true}},
			"networking.istio.io/v1":      {{Name: "DestinationRule", Resource: "destinationrules", Namespaced: true}},
			"networking.istio.io/v1beta1": {{Name: "DestinationRule", Resource: "destinationrules", Namespaced: true}, {Name: "ProxyConfig", Resource: "proxyconfigs", Namespaced: true}},
		},
		Objects: map[string][]map[string]any{
			"v1/services":   {object("shop", "cart"), object("shop", "web"), object("bank", "pay"), object("bank", "book"), object("bank", "fees")},
			"v1/nodes":      {object("", "n1")},
			"v1/configmaps": {object("istio-system", "istio"), object("shop", "passwords")},
			"networking.istio.io/v1/destinationrules":                  {object("shop", "cart")},
			"networking.istio.io/v1beta1/proxyconfigs":                 {},
			"v1/namespaces/shop/services":                              {object("shop", "cart"), object("shop", "web")},
			"v1/namespaces/shop/configmaps":                            {},
			"networking.istio.io/v1/namespaces/shop/destinationrules":  {object("shop", "cart")},
			"networking.istio.io/v1beta1/namespaces/shop/proxyconfigs": {},
		},
		Refuse: map[string]int{},
	}
}

func read(t *testing.T, a *clustertest.API, o Options) *Snapshot {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	o.Name = "east"
	o.Reads = func(_, kind string) bool { return kind != "Event" }
	s, err := Read(t.Context(), &rest.Config{Host: server.URL, QPS: -1}, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keys(s *Snapshot) (list []string) {
	for _, d := range s.Docs {
		list = append(list, d.Key())
	}
	return list
}

var everything = []string{
	"/ConfigMap/istio-system/istio", "/Node//n1", "/Service/bank/book", "/Service/bank/fees", "/Service/bank/pay", "/Service/shop/cart", "/Service/shop/web",
	"networking.istio.io/DestinationRule/shop/cart",
}

func TestReadListsEveryKindOnceInPages(t *testing.T) {
	a := shop()
	s := read(t, a, Options{PageSize: 2})
	if got := keys(s); !slices.Equal(got, everything) {
		t.Errorf("read %q", got)
	}
	if len(s.Missing)+len(s.Broken) > 0 || s.Version != "v1.37.1" {
		t.Errorf("missing %v, broken %v, version %s", s.Missing, s.Broken, s.Version)
	}
	pages := 0
	for _, uri := range a.Asked() {
		switch {
		case strings.Contains(uri, "secrets"), strings.Contains(uri, "configmaps") && !strings.Contains(uri, "fieldSelector"), strings.Contains(uri, "v1beta1/destinationrules"):
			t.Errorf("asked for %s", uri)
		case strings.HasPrefix(uri, "/api/v1/services"):
			pages++
		}
	}
	if pages != 3 {
		t.Errorf("five services came in %d pages of two, want 3", pages)
	}
}

// What an object says is kept, and what servers write for themselves is not.
func TestObjectsAreWhatPeopleWrote(t *testing.T) {
	s := read(t, shop(), Options{})
	d := s.Docs[len(s.Docs)-1]
	const want = `{"apiVersion":"networking.istio.io/v1","kind":"DestinationRule","metadata":{"annotations":{"passmuster.dev/rto":"30s"},"creationTimestamp":"2026-01-01T00:00:00Z","name":"cart","namespace":"shop"},"spec":{"host":"cart"}}`
	if string(d.JSON) != want {
		t.Errorf("\n%s, want\n%s", d.JSON, want)
	}
	if p := d.Locate("/spec/host"); p.File != "kube:east/DestinationRule.networking.istio.io/shop/cart" || p.Line != 10 {
		t.Errorf("the host is at %v", p)
	}
}

// What may not be seen is missing, which is not the same as empty.
func TestARefusedListIsMissing(t *testing.T) {
	a := shop()
	a.Refuse["/apis/networking.istio.io/v1/destinationrules"] = http.StatusForbidden
	a.Refuse["/api/v1/services"] = http.StatusServiceUnavailable
	s := read(t, a, Options{})
	if got := keys(s); !slices.Equal(got, []string{"/ConfigMap/istio-system/istio", "/Node//n1"}) {
		t.Errorf("read %q", got)
	}
	var told []string
	for _, m := range s.Missing {
		told = append(told, m.String())
	}
	want := []string{"Service: the server is currently unable to handle the request", "DestinationRule.networking.istio.io: may not be listed (forbidden)"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// A definition that was deleted between discovery and list leaves nothing behind, and nothing unknown.
func TestADeletedDefinitionIsNotMissing(t *testing.T) {
	a := shop()
	a.Refuse["/apis/networking.istio.io/v1/destinationrules"] = http.StatusNotFound
	if s := read(t, a, Options{}); len(s.Missing) > 0 || len(s.Docs) != len(everything)-1 {
		t.Errorf("missing %v of %q", s.Missing, keys(s))
	}
}

// A list that the server cannot go on with is read whole.
func TestAnExpiredListIsReadAgain(t *testing.T) {
	a := shop()
	a.Refuse["/api/v1/services"] = http.StatusGone
	s := read(t, a, Options{PageSize: 2})
	if got := keys(s); !slices.Equal(got, everything) || len(s.Missing) > 0 {
		t.Errorf("read %q, missing %v", got, s.Missing)
	}
}

// A group whose kinds the server cannot tell may hold anything.
func TestAGroupThatIsDownIsMissing(t *testing.T) {
	a := shop()
	a.Refuse["/apis/networking.istio.io/v1"] = http.StatusServiceUnavailable
	a.Refuse["/apis/networking.istio.io/v1beta1"] = http.StatusServiceUnavailable
	s := read(t, a, Options{})
	if len(s.Missing) != 1 || s.Missing[0].Group != "networking.istio.io" || s.Missing[0].Kind != "" {
		t.Errorf("missing %v", s.Missing)
	}
}

func TestNamespacesBoundWhatIsListed(t *testing.T) {
	a := shop()
	s := read(t, a, Options{Namespaces: []string{"shop"}})
	want := []string{"/Node//n1", "/Service/shop/cart", "/Service/shop/web", "networking.istio.io/DestinationRule/shop/cart"}
	if got := keys(s); !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestAServerThatDoesNotAnswerIsAnError(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := Read(t.Context(), &rest.Config{Host: server.URL}, Options{Name: "east", Reads: func(string, string) bool { return true }})
	if err == nil || !strings.Contains(err.Error(), "cluster east does not answer") {
		t.Errorf("got %v", err)
	}
}
