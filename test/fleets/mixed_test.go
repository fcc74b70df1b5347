package fleets

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

// airports is the Consul side of a mixed tree: entries of all kinds, and the instances that agents register. Those of pods come
// from an inventory, and are not here.
func airports(t *testing.T, tree map[string]string) consul.Input {
	t.Helper()
	in := consul.Input{Primary: "fra", Datacenters: []string{"fra"}, Services: map[string][]*consul.Registration{}}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if !strings.HasPrefix(name, "onprem/") {
			continue
		}
		content, diags := consul.Parse(name, []byte(tree[name]), source.Options{})
		if len(diags) > 0 {
			t.Errorf("%s: %v", name, diags)
		}
		in.Entries = append(in.Entries, content.Entries...)
		in.Services["fra"] = append(in.Services["fra"], content.Services...)
	}
	for _, e := range in.Entries {
		if e.Problem != nil && e.Name != "baggage" {
			t.Errorf("%s %s: %v", e.Kind, e.Name, e.Problem)
		}
	}
	return in
}

// refusals are the entries that Consul's servers refuse, with the lines that decide.
func refusals(f *consul.Fleet) (list []string) {
	for _, r := range f.Rejected() {
		at := r.Problem.Origin.Position()
		list = append(list, fmt.Sprintf("%s %s %s:%d", r.Entry.Kind, r.Entry.Name, at.File, at.Line))
	}
	return list
}

// What Consul's servers refuse: nothing while the tree is whole, and else the resolver of one fault, at its line.
func TestMixedRefusals(t *testing.T) {
	if list := refusals(consul.Build(airports(t, files(t, "mixed")))); len(list) > 0 {
		t.Errorf("the clean tree: %v are refused", list)
	}
	broken, faults := files(t, "mixed-broken"), tables(t)["mixed-broken"]
	fault := faults[11]
	want := fmt.Sprintf("service-resolver baggage %s:%d", fault.At.File, linesWith(broken[fault.At.File], fault.At.Match)[0])
	if list := refusals(consul.Build(airports(t, broken))); !slices.Equal(list, []string{want}) {
		t.Errorf("the broken tree: %v are refused, want %s", list, want)
	}
}

// The targets that requests have, and how many instances that agents registered are in them. Each of the three faults changes
// those of its own service.
func TestMixedChains(t *testing.T) {
	chains := func(tree map[string]string) map[string]string {
		f, out := consul.Build(airports(t, tree)), map[string]string{}
		for _, service := range []string{"seatmap", "baggage", "extras", "checkin", "broker"} {
			a, err := f.Answer(consul.Query{Service: service, Datacenter: "fra"})
			if err != nil {
				t.Fatal(err)
			}
			var targets []string
			for id, e := range a.Endpoints {
				targets = append(targets, fmt.Sprintf("%s %d", id, len(e.Instances)))
			}
			slices.Sort(targets)
			out[service] = strings.Join(targets, ", ")
		}
		return out
	}
	clean, broken := chains(files(t, "mixed")), chains(files(t, "mixed-broken"))
	for _, c := range []struct{ service, clean, broken string }{
		{"seatmap", "live.seatmap.fra 4", "live.seatmap.fra 2"},
		{"baggage", "baggage-archive.fra 0, baggage.fra 4", "baggage.fra 4"},
		{"extras", "v1.extras.fra 0, v2.extras.fra 0", "v1.extras.fra 0, v2.extras.fra 0"},
		{"checkin", "checkin.fra 0", "checkin.fra 0"},
		{"broker", "broker.fra 0", "broker.fra 0"},
	} {
		if clean[c.service] != c.clean || broken[c.service] != c.broken {
			t.Errorf("%s: %q and %q, want %q and %q", c.service, clean[c.service], broken[c.service], c.clean, c.broken)
		}
	}
}
