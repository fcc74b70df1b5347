package analyzer

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// What is said in the same words, at the same place, of the services that several clusters make of one name is said once; other
// words, other names and other meshes are findings of their own.
func TestCopiesOfAServiceAreToldOnce(t *testing.T) {
	docs, _, diags := source.Parse("x.yaml", []byte("apiVersion: v1\nkind: Service\nmetadata: {name: pay}\n"), source.Options{})
	if len(docs) != 1 || len(diags) != 0 {
		t.Fatal(diags)
	}
	service := func(of, cluster, name string) *mesh.Service {
		return &mesh.Service{ID: mesh.NewServiceID(of, cluster, "shop", name), Mesh: of, Namespace: "shop", Name: name}
	}
	rule := &Rule{ID: "DR000"}
	east := service("bank", "east", "pay")
	for _, tc := range []struct {
		name   string
		other  Finding
		stands bool
	}{
		{"the same of another cluster", Finding{Level: Warning, Service: service("bank", "west", "pay"), Message: "it breaks", Cells: SpoilsIDs("b")}, false},
		{"other words", Finding{Level: Warning, Service: service("bank", "west", "pay"), Message: "it bends"}, true},
		{"another level", Finding{Level: Error, Service: service("bank", "west", "pay"), Message: "it breaks"}, true},
		{"another name", Finding{Level: Warning, Service: service("bank", "west", "card"), Message: "it breaks"}, true},
		{"another mesh", Finding{Level: Warning, Service: service("shop", "west", "pay"), Message: "it breaks"}, true},
	} {
		first := &Finding{Rule: rule, Level: Warning, Service: east, Origin: mesh.At(docs[0], ""), Message: "it breaks", Cells: SpoilsIDs("a")}
		tc.other.Rule, tc.other.Origin = rule, mesh.At(docs[0], "")
		out := dedupe([]*Finding{first, &tc.other})
		if stands := len(out) == 2; stands != tc.stands {
			t.Errorf("%s: %d findings", tc.name, len(out))
		}
		if got := strings.Join(out[0].Cells.IDs(), " "); !tc.stands && got != "a b" {
			t.Errorf("%s: cells %q", tc.name, got)
		}
	}
}
