package report

import (
	"encoding/json"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/mesh"
)

func TestConfigChangesOf(t *testing.T) {
	got, err := json.Marshal(ConfigChangesOf([]config.Change{
		{Kind: config.KindRule, Change: config.Changed, What: "One.", Base: mesh.Position{File: "muster.yaml", Line: 2, Column: 1}, Head: mesh.Position{File: "muster.yaml", Line: 3, Column: 1}},
		{Kind: config.KindSuppression, Change: config.Added, What: "Two.", Weakens: true, Head: mesh.Position{File: "a.yaml", Line: 4, Column: 5}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"kind":"suppression","change":"added","what":"Two.","weakens":true,"base":null,"head":{"file":"a.yaml","line":4,"column":5,"path":"","via":[]}},` +
		`{"kind":"rule","change":"changed","what":"One.","weakens":false,"base":{"file":"muster.yaml","line":2,"column":1,"path":"","via":[]},"head":{"file":"muster.yaml","line":3,"column":1,"path":"","via":[]}}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if none, _ := json.Marshal(ConfigChangesOf(nil)); string(none) != "[]" {
		t.Errorf("no change is %s", none)
	}
}
