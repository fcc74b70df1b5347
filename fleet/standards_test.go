package fleet_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// small is a fleet of two services in two clusters that the tests below edit.
var small = []edit{
	{file: "muster.yaml", new: `apiVersion: passmuster.dev/v1
clusters:
- {name: east, region: us-east-1, sources: [{path: east}]}
- {name: west, region: us-west-2, sources: [{path: west}]}
objectives:
- {match: {namespace: pay}, survive: [zone]}
`},
	{file: "east/pay.yaml", new: serviceIn("pay", "api", "    passmuster.dev/survive: zone,region\n    passmuster.dev/rto: 30s\n    passmuster.dev/depends-on: ledger\n")},
	{file: "east/ledger.yaml", new: serviceIn("pay", "ledger", "")},
	{file: "west/web.yaml", new: "# muster:ignore DR103 reason=old until=2027-03-31\n" + serviceIn("shop", "web", "    passmuster.dev/ignore: DR104,DR105 reason=pilot\n")},
	{file: "west/chart/Chart.yaml", new: "apiVersion: v2\nname: chart\nversion: 1.0.0\n"},
	{file: "west/chart/templates/a.yaml", new: "# muster:ignore DR107 reason=old\n" + serviceIn("shop", "a", "") + "---\n" + serviceIn("shop", "b", "")},
}

func serviceIn(namespace, name, annotations string) string {
	if annotations != "" {
		annotations = "  annotations:\n" + annotations
	}
	return "apiVersion: v1\nkind: Service\nmetadata:\n  name: " + name + "\n  namespace: " + namespace + "\n" + annotations +
		"spec:\n  selector: {app: " + name + "}\n  ports:\n  - {name: http, port: 80}\n  - {name: admin, port: 81}\n"
}

func smallTree(t *testing.T, before, after []edit) *compared {
	t.Helper()
	return compareTrees(t, "", append(slices.Clone(small), before...), after)
}

func TestStandardsTellOfChanges(t *testing.T) {
	const api = "mesh/mesh/pay/api.pay.svc.cluster.local"
	for _, tc := range []struct {
		name         string
		before, edit []edit
		want         []string
	}{
		{name: "nothing"},
		{name: "comments, order, flow style and another file", edit: []edit{
			{file: "east/pay.yaml", new: "# hello\n" + strings.Replace(serviceIn("pay", "api", "    passmuster.dev/rto: 0.5m\n    passmuster.dev/survive: region, zone\n    passmuster.dev/depends-on: ledger\n"), "kind: Service\n", "kind: Service # yes\n", 1)},
			{file: "west/web.yaml", move: "west/shop/web.yml"},
			{file: "west/shop/web.yml", new: "---\n\n# muster:ignore failover-inert until=2027-03-31 reason=\"old\"\n{apiVersion: v1, kind: Service,\n metadata: {namespace: shop, name: web, annotations: {passmuster.dev/ignore: 'DR105 reason=pilot; DR104 reason=pilot'}},\n spec: {ports: [{port: 81, name: admin}, {port: 80, name: http}], selector: {app: web}}}\n"},
			{file: "west/chart/templates/a.yaml", old: "# muster:ignore DR107 reason=old\n", new: "# why\n# muster:ignore DR107 reason=old\n"},
		}},
		{name: "values below what is suppressed", edit: []edit{{file: "west/web.yaml", old: "spec:\n", new: "spec:\n  type: ClusterIP\n  sessionAffinity: None\n"}}},
		{name: "an annotation's objective", edit: []edit{{file: "east/pay.yaml", old: "rto: 30s", new: "rto: 90s"}, {file: "east/pay.yaml", old: "zone,region", new: "zone,region,cluster"}},
			want: []string{"objective changed: The objective of the service " + api + " lists cluster now.", "! objective changed: The objective of the service " + api + " has an rto 1m30s now, and had 30s."}},
		{name: "no annotation any more", edit: []edit{{file: "east/pay.yaml", new: serviceIn("pay", "api", "    passmuster.dev/depends-on: ledger\n")}},
			want: []string{"! objective changed: The objective of the service " + api + " no longer lists region.", "! objective changed: The objective of the service " + api + " has no rto any more, and had 30s."}},
		{name: "an annotation where the config asks for less", edit: []edit{{file: "east/ledger.yaml", new: serviceIn("pay", "ledger", "    passmuster.dev/survive: zone,region\n")}},
			want: []string{"objective changed: The objective of the service mesh/mesh/pay/ledger.pay.svc.cluster.local lists region now."}},
		{name: "a new service that asks for less than the config", edit: []edit{{file: "east/new.yaml", new: serviceIn("pay", "new", "    passmuster.dev/survive: release\n")}},
			want: []string{"! objective added: The annotation of the new service mesh/mesh/pay/new.pay.svc.cluster.local asks for less than the config does."}},
		{name: "a new service that asks for more", edit: []edit{{file: "east/new.yaml", new: serviceIn("pay", "new", "    passmuster.dev/survive: zone,region\n")}}},
		{name: "a service with another name and no objective", edit: []edit{{file: "west/promised.yaml", new: removed}, {file: "west/pledged.yaml", new: serviceIn("shop", "pledged", "")}},
			before: []edit{{file: "west/promised.yaml", new: serviceIn("shop", "promised", "    passmuster.dev/survive: zone\n")}},
			want:   []string{"! objective removed: The service mesh/mesh/shop/promised.shop.svc.cluster.local is gone, and with it its objective; the new service mesh/mesh/shop/pledged.shop.svc.cluster.local has none."}},
		{name: "a service that is gone", edit: []edit{{file: "west/promised.yaml", new: removed}}, before: []edit{{file: "west/promised.yaml", new: serviceIn("shop", "promised", "    passmuster.dev/survive: zone\n")}}},
		{name: "a dependency", edit: []edit{{file: "east/pay.yaml", old: "    passmuster.dev/depends-on: ledger\n", new: ""}},
			want: []string{"! objective removed: " + api + " no longer declares that it cannot do without mesh/mesh/pay/ledger.pay.svc.cluster.local."}},
		{name: "a suppression of another object", edit: []edit{{file: "west/new.yaml", new: serviceIn("shop", "new", "    passmuster.dev/ignore: DR104 reason=pilot\n")}},
			want: []string{"! suppression added: DR104 of Service shop/new is suppressed now for ever."}},
		{name: "suppressions that are gone", edit: []edit{{file: "west/web.yaml", new: serviceIn("shop", "web", "    passmuster.dev/ignore: DR104 reason=pilot\n")}},
			want: []string{"suppression removed: DR103 in west/web.yaml is no longer suppressed, or no longer as it was.", "suppression removed: DR105 of Service shop/web is no longer suppressed, or no longer as it was."}},
		{name: "a shorter time, and no reason", edit: []edit{{file: "west/web.yaml", old: "# muster:ignore DR103 reason=old until=2027-03-31", new: "# muster:ignore DR103 until=2027-01-31"}},
			want: []string{"suppression changed: DR103 in west/web.yaml is suppressed until 2027-01-31 now, and was until 2027-03-31.",
				"! suppression changed: DR103 in west/web.yaml is suppressed for another reason: none, and it was \"old\"."}},
		{name: "another object of a template", edit: []edit{{file: "west/chart/templates/a.yaml", new: serviceIn("shop", "a", "") + "---\n# muster:ignore DR107 reason=old\n" + serviceIn("shop", "b", "")}},
			want: []string{"! suppression added: DR107 in west/chart/templates/a.yaml is suppressed now for ever.", "suppression removed: DR107 in west/chart/templates/a.yaml is no longer suppressed, or no longer as it was."}},
		{name: "one port rather than all", before: []edit{{file: "west/web.yaml", new: strings.Replace(serviceIn("shop", "web", ""), "  - {name: http", "  # muster:ignore DR103\n  - {name: http", 1)}},
			edit: []edit{{file: "west/web.yaml", new: strings.Replace(serviceIn("shop", "web", ""), "  ports:", "  # muster:ignore DR103\n  ports:", 1)}},
			want: []string{"! suppression added: DR103 in west/web.yaml is suppressed now for ever.", "suppression removed: DR103 in west/web.yaml is no longer suppressed, or no longer as it was."}},
		{name: "a port that others join", before: []edit{{file: "west/web.yaml", new: strings.Replace(serviceIn("shop", "web", ""), "  - {name: admin", "  # muster:ignore DR103\n  - {name: admin", 1)}},
			edit: []edit{{file: "west/web.yaml", old: "  - {name: http", new: "  - {name: first, port: 79}\n  - {name: http"}}},
		{name: "a config of its own", edit: []edit{{file: "east/.muster.yaml", new: "apiVersion: passmuster.dev/v1\n"}},
			want: []string{"! config added: east/.muster.yaml is a config of its own: whoever scans east is judged by it."}},
		{name: "a folder of another name", edit: []edit{{file: "east/pay.yaml", move: "east/node_modules/pay.yaml"}},
			want: []string{"! inputs changed: east/node_modules/pay.yaml is hidden from muster by its name or its place, and holds Service pay/api."}},
		{name: "a copy that was never read", before: []edit{{file: "east/vendor/ledger.yaml", new: serviceIn("pay", "ledger", "")}}, edit: []edit{{file: "east/ledger.yaml", new: removed}}},
		{name: "a .gitignore of other files", edit: []edit{{file: "east/.gitignore", new: "*.tmp\nledger.yml\n"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := smallTree(t, tc.before, tc.edit)
			got := toldOf(c.changes)
			slices.Sort(got)
			slices.Sort(tc.want)
			if !slices.Equal(got, tc.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

func TestAFleetIsJudgedByStandards(t *testing.T) {
	c := smallTree(t, nil, []edit{
		{file: "east/pay.yaml", new: serviceIn("pay", "api", "    passmuster.dev/survive: zone\n")},
		{file: "east/new.yaml", new: serviceIn("pay", "new", "    passmuster.dev/survive: release\n")},
		{file: "west/free.yaml", new: serviceIn("shop", "free", "    passmuster.dev/survive: zone,cluster\n")},
		{file: "west/web.yaml", old: "DR104,DR105 reason=pilot", new: "DR104,DR106 until=2027-02-02"},
	})
	for name, want := range map[string]string{"pay/api": "zone,region", "pay/new": "zone", "pay/ledger": "zone", "shop/free": "zone,cluster", "shop/web": ""} {
		got := ""
		for _, s := range c.head.Graph.Services {
			if s.Namespace+"/"+s.Name == name && s.Objective != nil {
				got = strings.Join(s.Objective.Survive, ",")
			}
		}
		if got != want {
			t.Errorf("%s is to survive %q, want %q", name, got, want)
		}
	}
	if !slices.ContainsFunc(c.head.Graph.Dependencies, func(d *mesh.Dependency) bool { return strings.Contains(string(d.To), "ledger") && d.Strong }) {
		t.Error("the dependency that the base declares is not kept")
	}
	list, _ := c.head.Suppressions()
	var got []string
	for _, s := range list {
		got = append(got, strings.Join(s.Rules, ",")+" "+s.Reason+" "+s.Until.Format("2006"))
	}
	if want := []string{"DR107 old 0001", "DR103 old 2027", "DR104 pilot 0001"}; !slices.Equal(got, want) {
		t.Errorf("suppressions are %q, want %q", got, want)
	}
	if own, _ := c.own.Suppressions(); len(own) != 3 || len(own[2].Rules) != 2 {
		t.Errorf("judged by itself, the fleet has the suppressions %v", own)
	}
	// An update is judged by the same.
	next, err := c.head.Update(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if again := fleet.StandardsOf(c.base).Changes(next); !slices.Equal(toldOf(again), toldOf(fleet.Changes(c.base, c.head))) {
		t.Errorf("after an update, the changes are\n%s", strings.Join(toldOf(again), "\n"))
	}
}

// A folder that the config of the base names and the head does not have is told with what to do, and nothing is known of its cluster.
func TestASourceThatIsGoneIsTold(t *testing.T) {
	c := smallTree(t, nil, []edit{{file: "west", move: "west2"}, {file: "muster.yaml", old: "path: west", new: "path: west2"}})
	if len(c.head.Inputs.Unreadable) != 1 || len(c.head.Inputs.Missing) != 1 {
		t.Fatalf("unreadable: %v, missing: %v", c.head.Inputs.Unreadable, c.head.Inputs.Missing)
	}
	d := c.head.Inputs.Unreadable[0]
	if want := "the source west of cluster west is in the config that both sides are judged by, and the files to judge do not have it; keep the folder"; !strings.HasPrefix(d.Message, want) {
		t.Errorf("got %s", d.Message)
	}
	if d.Position.File != "muster.yaml" || d.Position.Line != 4 {
		t.Errorf("it is told at %v", d.Position)
	}
	if !strings.Contains(d.Message, "--accept-config-changes") {
		t.Error("no remedy is named")
	}
	got := toldOf(c.changes)
	if !slices.Contains(got, "! cluster changed: Cluster west no longer reads west.") {
		t.Errorf("got %q", got)
	}
}

// What Consul's own notations say is read on, whatever .gitignore says of them.
func TestHiddenNotationsOfConsulAreRead(t *testing.T) {
	before := []edit{
		{file: "muster.yaml", new: "apiVersion: passmuster.dev/v1\nmeshes: [{name: m, kind: consul}]\nclusters: [{name: east, region: a, sources: [{path: east}]}]\n"},
		{file: "east/db.hcl", new: "Kind = \"service-defaults\"\nName = \"db\"\nProtocol = \"tcp\"\n"},
	}
	c := smallTree(t, before, []edit{{file: "east/.gitignore", new: "*.hcl\n"}})
	if got, want := toldOf(c.changes), []string{"! ignore changed: east/db.hcl is hidden from muster by east/.gitignore, and holds what the base reads."}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if c.head.Inputs.Resources != c.base.Inputs.Resources || c.own.Inputs.Resources >= c.base.Inputs.Resources {
		t.Errorf("resources: base %d, head %d, head by itself %d", c.base.Inputs.Resources, c.head.Inputs.Resources, c.own.Inputs.Resources)
	}
}

// A manifest may lie about nothing outside of the tree: what is looked for is looked for in regular files below the sources.
func TestOverlookedFilesAreNoLinks(t *testing.T) {
	outside := edited(t, "", []edit{{file: "pay.yaml", new: serviceIn("pay", "api", "")}})
	base := loadEdited(t, "", small)
	root := edited(t, "", small, []edit{{file: "east/pay.yaml", new: removed}, {file: "east/vendor/x", new: "x"}})
	link(t, outside+"/pay.yaml", root+"/east/vendor/pay.yaml")
	by := fleet.StandardsOf(base)
	head, err := fleet.Load(context.Background(), fleet.Options{Config: base.Config.At(root), Standards: by, Source: source.Options{Root: root}})
	if err != nil {
		t.Fatal(err)
	}
	if changes := by.Changes(head); slices.ContainsFunc(changes, func(c config.Change) bool { return c.Kind == config.KindInputs }) {
		t.Errorf("got %q", toldOf(changes))
	}
}
