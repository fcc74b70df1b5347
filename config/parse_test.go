package config

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

var update = flag.Bool("update", false, "write the golden files")

const header = "apiVersion: passmuster.dev/v1\n"

func loadFleet(t *testing.T) *Config {
	t.Helper()
	c, err := Load(filepath.Join("testdata", "fleet", "muster.yaml"), filepath.Join("testdata", "fleet"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoadReadsEveryKey(t *testing.T) {
	c := loadFleet(t)
	equal := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", what, got, want)
		}
	}
	at := func(line, column int, path string) mesh.Position {
		return mesh.Position{File: "muster.yaml", Line: line, Column: column, Path: path}
	}
	equal("meshes", c.Meshes, []Mesh{
		{
			Name: "prod", Kind: mesh.Istio, Version: "1.31", TrustDomain: "cluster.local", Clusters: []string{"east", "west"},
			ConfigCluster: "east", RootNamespace: "istio-system", ClusterDomain: "cluster.local", Position: at(4, 5, "/meshes/0"),
		},
		{
			Name: "cloud", Kind: mesh.Consul, Version: "1.22.3", Clusters: []string{"dc1"}, Edition: "enterprise",
			ClusterDomain: "k8s.example", Position: at(5, 5, "/meshes/1"),
		},
	})
	equal("clusters", c.Clusters, []Cluster{
		{
			Name: "east", Region: "us-east-1", Zones: []string{"us-east-1a", "us-east-1b"}, Network: "east-net",
			Sources: []Source{
				{Path: "clusters/east", Position: at(17, 9, "/clusters/0/sources/0")},
				{Path: "rendered/pay-east.yaml", Position: at(18, 9, "/clusters/0/sources/1")},
			},
			Position: at(12, 5, "/clusters/0"),
		},
		{
			Name: "west", Region: "us-west-2", Sources: []Source{{Path: "clusters/west", Position: at(19, 47, "/clusters/1/sources/0")}},
			Position: at(19, 5, "/clusters/1"),
		},
		{Name: "dc1", ConfigCluster: "dc1", Position: at(20, 5, "/clusters/2")},
	})
	equal("environments", c.Environments, map[string]Environment{"prod": {
		Clusters: []string{"east", "west"}, Terraform: "infra/prod", VarFiles: []string{"infra/prod/us.tfvars"},
		Plan: "infra/prod/plan.json", State: "infra/terraform.tfstate",
		Position: at(22, 9, "/environments/prod"),
	}})
	equal("rules", c.Rules, map[string]RuleSetting{
		"DR205": {Level: LevelOff, Position: at(46, 10, "/rules/DR205")},
		"DR402": {Level: LevelError, Position: at(47, 10, "/rules/DR402")},
		"DR501": {
			Level:    LevelWarning,
			Params:   map[string]any{"headroom": 0.25, "regions": []any{"us-east-1"}, "since": "2027-01-01"},
			Position: at(48, 10, "/rules/DR501"),
		},
		"DR503": {
			Level: LevelOff,
			Scopes: []Scope{{Match: Accepted{Namespace: "payments", Kind: "Deployment", Position: at(49, 40, "/rules/DR503/scopes/0/match")},
				Level: LevelError, Position: at(49, 32, "/rules/DR503/scopes/0")}},
			Position: at(49, 10, "/rules/DR503"),
		},
	})
	equal("policies", c.Policies, []string{"policies/"})
	equal("evidence", c.Evidence, "drills/evidence")
	equal("inputs", c.Inputs, Inputs{Ignore: []string{"docs/**"}, Unreadable: "warn", Position: at(52, 9, "/inputs")})
	equal("suppress", c.Suppress, []Suppression{{
		Rule: "DR103", Match: Accepted{Service: "legacy.*", Position: at(54, 26, "/suppress/0/match")}, Reason: "retired in Q1",
		Until: time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC), Owner: "team-edge", Position: at(54, 5, "/suppress/0"),
	}})
	equal("resolved path", c.Resolve("clusters/east"), filepath.Join("testdata", "fleet", "clusters", "east"))
}

func TestObjectivesKnowTheLinesThatDecide(t *testing.T) {
	objectives := loadFleet(t).Objectives
	if len(objectives) != 3 {
		t.Fatalf("got %d objectives", len(objectives))
	}
	o := objectives[0]
	for _, tc := range []struct {
		what      string
		got, want any
	}{
		{"survive", o.Survive, []string{"zone", "region"}},
		{"faults", o.Faults, []string{"crash", "hang"}},
		{"rto", o.RTO.V, 30 * time.Second},
		{"rpo is known to be 0", o.RPO.State, mesh.Known},
		{"failback", o.Failback.V, 90 * time.Minute},
		{"latency", o.Latency.V, 250 * time.Millisecond},
		{"pattern", o.Pattern, mesh.ActivePassive},
		{"encryption", o.Encryption, "mtls"},
		{"age of drills", o.Drill.MaxAge.V, 90 * 24 * time.Hour},
		{"usual age of drills", objectives[1].Drill.MaxAge.V, 365 * 24 * time.Hour},
		{"line of the usual age", objectives[1].Drill.MaxAge.Origin.String(), "muster.yaml:43:12"},
		{"no drills", objectives[2].Drill.MaxAge.State, mesh.Absent},
		{"element", o.Position.String(), "muster.yaml:24:5"},
		{"promise", o.Origin.String(), "muster.yaml:25:14"},
		{"second failure", o.Origin.Child("1").String(), "muster.yaml:25:21"},
		{"rto's line", o.RTO.Origin.String(), "muster.yaml:27:10"},
		{"rto is absent", objectives[1].RTO.State, mesh.Absent},
		{"labels", objectives[1].Match.Labels, map[string]string{"tier": "1", "app.kubernetes.io/part-of": "shop"}},
		{"named failures", objectives[1].Survive,
			[]string{"region=us-east-1+gateway=east/istio-ingress", "cluster=west", "release=checkout@v2"}},
		{"none demands nothing", objectives[1].Encryption, "any"},
		{"default faults", objectives[2].Faults, []string{"crash", "hang", "partition"}},
		{"nothing said of encryption", objectives[2].Encryption, ""},
	} {
		if !reflect.DeepEqual(tc.got, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.what, tc.got, tc.want)
		}
	}
}

func TestLocateGivesTheLineOfAValueOrOfItsNearestAncestor(t *testing.T) {
	c := loadFleet(t)
	text, err := os.ReadFile(filepath.Join("testdata", "fleet", "muster.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for path, want := range map[string]string{
		"/suppress/0/until":    "2027-03-31, owner",
		"/meshes/0/clusters/1": "west], configCluster",
		"/objectives/1/match/labels/app.kubernetes.io~1part-of": "shop}",
		"/objectives/2/rto":             "survive: [zone]",
		"/rules/DR501/params/regions/0": "[us-east-1]",
		"/rules/DR501/params/nothing":   "{headroom: 0.25",
		"/nowhere":                      "apiVersion: passmuster.dev/v1",
		"":                              "apiVersion: passmuster.dev/v1",
	} {
		at := c.Locate(path)
		if got := lines[at.Line-1][at.Column-1:]; !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s: %s, want %s", path, at, got, want)
		}
	}
}

func TestTheOnlyMeshHasAllClusters(t *testing.T) {
	c, problems := Parse("muster.yaml", []byte(header+`
meshes: [{name: prod, kind: linkerd}]
clusters: [{name: east}, {name: west}]
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := c.Meshes[0].Clusters; !slices.Equal(got, []string{"east", "west"}) {
		t.Errorf("got %v", got)
	}
	if got := c.Meshes[0].RootNamespace; got != "" {
		t.Errorf("Linkerd has the root namespace %q", got)
	}
	if c.Inputs.Unreadable != "error" {
		t.Errorf("unreadable is %q by default", c.Inputs.Unreadable)
	}
}

func TestClientsObeyTheirConfigCluster(t *testing.T) {
	primary := &Mesh{ConfigCluster: "east"}
	for _, tc := range []struct {
		mesh    *Mesh
		cluster *Cluster
		want    string
	}{
		{&Mesh{}, &Cluster{Name: "west"}, "west"},
		{primary, &Cluster{Name: "west"}, "east"},
		{primary, &Cluster{Name: "west", ConfigCluster: "hub"}, "hub"},
	} {
		if got := tc.mesh.ConfigClusterOf(tc.cluster); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
}

func TestAliasesStandForWhatTheyRepeat(t *testing.T) {
	c, problems := Parse("muster.yaml", []byte(header+`
objectives:
  - match: {namespace: a}
    survive: &usual [zone]
  - match: {namespace: b}
    survive: *usual
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o := c.Objectives[1]
	if !slices.Equal(o.Survive, []string{"zone"}) || o.Origin.String() != "muster.yaml:5:14" {
		t.Errorf("got %v at %s", o.Survive, o.Origin)
	}
}

func TestAliasesCannotBlowUpAConfig(t *testing.T) {
	var b strings.Builder
	b.WriteString(header + "rules:\n  DR100: {params: {a0: &a0 [x, x, x, x, x, x, x, x, x, x],\n")
	for i := 1; i < 10; i++ {
		this, last := string(rune('0'+i)), string(rune('0'+i-1))
		b.WriteString("    a" + this + ": &a" + this + " [" + strings.TrimSuffix(strings.Repeat("*a"+last+", ", 10), ", ") + "],\n")
	}
	b.WriteString("  }}\n")
	wantProblems(t, b.String(), "the config has more than 200000 values")

	wantProblems(t, header+"rules: {DR100: {params: {a: &a [*a]}}}", "this is nested deeper than 32 levels")
}

func TestParamsAreWhatJSONCanSay(t *testing.T) {
	c, problems := Parse("muster.yaml", []byte(header+`
rules: {DR100: {params: {t: true, i: -7, f: 1.5, s: "7", d: 2027-01-01, n: null, l: [1, {a: b}], 8: x}}}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string]any{
		"t": true, "i": int64(-7), "f": 1.5, "s": "7", "d": "2027-01-01", "n": nil,
		"l": []any{int64(1), map[string]any{"a": "b"}}, "8": "x",
	}
	if got := c.Rules["DR100"].Params; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}
	wantProblems(t, header+"rules: {DR100: {params: {a: 99999999999999999999, b: 18446744073709551615, c: [.nan], d: !Ref x}}}",
		"rules.DR100.params.b: 18446744073709551615 does not fit into 64 bits",
		"rules.DR100.params.c[0]: want a finite number, got .nan",
		"rules.DR100.params.d: want a plain value, got one with tag !Ref")
}

// wantProblems checks that the problems of a config contain the given texts, one each.
func wantProblems(t *testing.T, text string, want ...string) {
	t.Helper()
	_, problems := Parse("muster.yaml", []byte(text))
	if len(problems) != len(want) {
		t.Errorf("%d problems, want %d:\n%v", len(problems), len(want), (&Error{Problems: problems}).Error())
		return
	}
	for i, p := range problems {
		if !strings.Contains(p.String(), want[i]) {
			t.Errorf("got  %s\nwant … %s …", p, want[i])
		}
	}
}

func TestAllProblemsAreReportedInOrder(t *testing.T) {
	path := filepath.Join("testdata", "broken.yaml")
	_, err := Load(path, "testdata")
	if err == nil {
		t.Fatal("no error")
	}
	got := err.Error() + "\n"
	golden := filepath.Join("testdata", "broken.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
