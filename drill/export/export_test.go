package export

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/encoding/protojson"
	networking "istio.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/drill/plan"
)

// drill is a plan with what writers read.
func drill(scenario string, modes ...string) *plan.Plan {
	p := &plan.Plan{
		Metadata: plan.Metadata{ID: "pay-loss"}, Hypothesis: "It survives.",
		Scenario: plan.Scenario{Fail: scenario, FaultModes: modes},
		Probes:   []plan.Probe{{Name: "pay", Service: "m/m/pay/pay.pay.svc.cluster.local", Port: 8080, Protocol: "http1", Target: "http://pay.example/", Timeout: plan.Duration(2 * time.Second)}},
		Fault: plan.Fault{Duration: plan.Duration(90 * time.Second), Before: plan.Duration(time.Minute), After: plan.Duration(2 * time.Minute), Targets: []plan.Target{
			{Cluster: "east", Namespace: "pay", Kind: "Deployment", Name: "pay", Labels: map[string]string{"app": "pay", "version": "v1"}},
			{Cluster: "west", Namespace: "pay", Kind: "StatefulSet", Name: "pay-db", Labels: map[string]string{"app": "db"}},
		}},
		Safety: plan.Safety{BlastRadius: plan.BlastRadius{Services: []string{"m/m/pay/pay.pay.svc.cluster.local", "m/m/obs/prometheus.obs.svc.cluster.local"}, Exclude: []string{"obs"}}},
	}
	return p
}

func write(t *testing.T, p *plan.Plan, tool string) *Result {
	t.Helper()
	out, err := Write(p, tool)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// objects are the documents of the YAML files.
func objects(t *testing.T, r *Result) map[string][]map[string]any {
	t.Helper()
	all := map[string][]map[string]any{}
	for _, f := range r.Files {
		if filepath.Ext(f.Name) != ".yaml" {
			continue
		}
		for _, doc := range bytes.Split(f.Data, []byte("\n---\n")) {
			o := map[string]any{}
			if err := yaml.UnmarshalStrict(doc, &o); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			all[f.Name] = append(all[f.Name], o)
		}
	}
	return all
}

func warned(r *Result, text string) bool {
	return slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, text) })
}

// closed makes a schema refuse members that it does not have, as a server does with strict validation.
func closed(x any) any {
	switch v := x.(type) {
	case map[string]any:
		for k := range v {
			v[k] = closed(v[k])
		}
		_, open := v["additionalProperties"]
		if _, isObject := v["properties"].(map[string]any); isObject && !open && v["type"] == "object" {
			v["additionalProperties"] = false
		}
	case []any:
		for i := range v {
			v[i] = closed(v[i])
		}
	}
	return x
}

func schemaOf(t *testing.T, file, kind string) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	all, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	one, ok := all.(map[string]any)[kind]
	if !ok {
		t.Fatalf("%s has no schema of %s", file, kind)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(kind+".json", closed(one)); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(kind + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// holds validates the spec of an object.
func holds(t *testing.T, file string, o map[string]any) error {
	t.Helper()
	data, err := json.Marshal(o["spec"])
	if err != nil {
		t.Fatal(err)
	}
	spec, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schemaOf(t, file, o["kind"].(string)).Validate(spec)
}

func TestChaosMeshObjectsHoldToItsSchemas(t *testing.T) {
	for _, scenario := range []string{"region=eu", "zone=eu/a", "cluster=east", "workload=east/pay/Deployment/pay", "region=eu+region=us"} {
		out := write(t, drill(scenario, plan.Modes...), "chaos-mesh")
		n := 0
		for name, list := range objects(t, out) {
			for _, o := range list {
				n++
				if o["apiVersion"] != "chaos-mesh.org/v1alpha1" {
					t.Errorf("%s %s: %v", scenario, name, o["apiVersion"])
				}
				if err := holds(t, "chaos-mesh.json", o); err != nil {
					t.Errorf("%s %s: %v", scenario, name, err)
				}
			}
		}
		if n < 5 {
			t.Errorf("%s: %d objects", scenario, n)
		}
	}
	bad := map[string]any{"kind": "PodChaos", "spec": map[string]any{"action": "pod-failure", "mode": "all", "selector": map[string]any{}, "length": "1s"}}
	if holds(t, "chaos-mesh.json", bad) == nil {
		t.Error("the schema takes a member that PodChaos does not have")
	}
}

func TestChaosMeshSelectsWhatFails(t *testing.T) {
	all := objects(t, write(t, drill("zone=eu/a", "crash", "hang", "partition"), "chaos-mesh"))
	crash := all["east-crash.yaml"][0]["spec"].(map[string]any)
	selector := crash["selector"].(map[string]any)
	nodes := selector["nodeSelectors"].(map[string]any)
	if nodes["topology.kubernetes.io/region"] != "eu" || nodes["topology.kubernetes.io/zone"] != "a" || crash["action"] != "pod-failure" || crash["duration"] != "90s" {
		t.Errorf("%v", crash)
	}
	if ns := selector["namespaces"].([]any); len(ns) != 1 || ns[0] != "pay" {
		t.Errorf("namespaces %v: those that are to be left alone are left alone", ns)
	}
	partition := all["east-partition.yaml"][0]["spec"].(map[string]any)
	if partition["action"] != "partition" || partition["direction"] != "both" || partition["target"] != nil {
		t.Errorf("%v", partition)
	}
	hang := all["west-hang.yaml"][0]["spec"].(map[string]any)
	if hang["action"] != "delay" || hang["delay"].(map[string]any)["latency"] != "180s" {
		t.Errorf("%v", hang)
	}
	single := objects(t, write(t, drill("workload=east/pay/Deployment/pay", "crash"), "chaos-mesh"))["east-crash.yaml"][0]["spec"].(map[string]any)
	if labels := single["selector"].(map[string]any)["labelSelectors"].(map[string]any); labels["app"] != "pay" || labels["version"] != "v1" {
		t.Errorf("%v", single)
	}
}

func TestChaosMeshWorkflowBringsAboutOneModeAfterTheOther(t *testing.T) {
	spec := objects(t, write(t, drill("region=eu+region=us", "crash", "hang"), "chaos-mesh"))["east-workflow.yaml"][0]["spec"].(map[string]any)
	names, children := map[string]bool{}, []any(nil)
	for _, one := range spec["templates"].([]any) {
		template := one.(map[string]any)
		id := template["name"].(string)
		if names[id] {
			t.Errorf("two templates %s", id)
		}
		names[id] = true
		if id == spec["entry"] {
			children = template["children"].([]any)
		}
		for _, kind := range []string{"podChaos", "networkChaos"} {
			if chaos, ok := template[kind].(map[string]any); ok && chaos["duration"] != nil {
				t.Errorf("%s has a duration of its own, which the server refuses", id)
			}
		}
	}
	if want := []any{"all-of-crash", "return", "all-of-hang"}; !slices.Equal(children, want) {
		t.Errorf("%v, want %v", children, want)
	}
	for _, child := range []string{"crash-a", "crash-b", "hang-a", "hang-b", "return", "all-of-crash"} {
		if !names[child] {
			t.Errorf("no template %s", child)
		}
	}
}

func TestLitmusEnginesHoldToWhatItAccepts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "litmus.json"))
	if err != nil {
		t.Fatal(err)
	}
	var known struct{ Variables map[string][]string }
	if err := json.Unmarshal(text, &known); err != nil {
		t.Fatal(err)
	}
	for _, scenario := range []string{"region=eu", "workload=east/pay/Deployment/pay"} {
		out := write(t, drill(scenario, plan.Modes...), "litmus")
		all := objects(t, out)
		if len(all) != 8 { // two clusters, four modes
			t.Errorf("%s: %d files", scenario, len(all))
		}
		for name, list := range all {
			for _, o := range list {
				if err := holds(t, "litmus.json", o); err != nil {
					t.Errorf("%s %s: %v", scenario, name, err)
				}
				one := o["spec"].(map[string]any)["experiments"].([]any)[0].(map[string]any)
				for _, env := range one["spec"].(map[string]any)["components"].(map[string]any)["env"].([]any) {
					if variable := env.(map[string]any)["name"].(string); !slices.Contains(known.Variables[one["name"].(string)], variable) {
						t.Errorf("%s: %s has no variable %s", name, one["name"], variable)
					}
				}
			}
		}
		for _, want := range []string{"hang: Litmus cannot stop a process", "crash: pod-delete", "partition: pod-network-partition works by a NetworkPolicy"} {
			if !warned(out, want) {
				t.Errorf("%s: nothing tells that %s", scenario, want)
			}
		}
	}
}

func TestIstioFaultsAreIstios(t *testing.T) {
	out := write(t, drill("region=eu", plan.Modes...), "istio")
	all := objects(t, out)
	if len(all) != 2 || all["hang.yaml"] == nil || all["error.yaml"] == nil {
		t.Fatalf("files %v", all)
	}
	for name, list := range all {
		data, err := json.Marshal(list[0]["spec"])
		if err != nil {
			t.Fatal(err)
		}
		var vs networking.VirtualService
		if err := protojson.Unmarshal(data, &vs); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(vs.Hosts) != 1 || vs.Hosts[0] != "pay.pay.svc.cluster.local" || vs.Http[0].Fault == nil || len(vs.Http[0].Route) != 1 {
			t.Errorf("%s: %v", name, &vs)
		}
	}
	for _, want := range []string{"nothing fails over", "crash: Istio cannot refuse connections", "partition: Istio cannot", "is not merged"} {
		if !warned(out, want) {
			t.Errorf("nothing tells that %s", want)
		}
	}
	p := drill("region=eu", "error")
	p.Probes[0].Protocol = "tcp"
	if out := write(t, p, "istio"); len(out.Files) != 0 || !warned(out, "HTTP and gRPC alone") {
		t.Errorf("TCP: %+v", out)
	}
}

func TestChaosToolkitCallsTheHooks(t *testing.T) {
	p := drill("region=eu", "crash", "hang")
	p.Fault.Hooks = map[string]plan.Hooks{"crash": {Inject: []string{"./cut.sh", "eu; rm -rf /"}, Verify: []string{"./cut.sh", "--check"}, Remove: []string{"./mend.sh"}, Timeout: plan.Duration(5 * time.Second)}}
	out := write(t, p, "chaostoolkit")
	if len(out.Files) != 1 || out.Files[0].Name != "crash.json" || !warned(out, "hang: the plan has no commands for it") {
		t.Fatalf("%+v", out)
	}
	var e experiment
	if err := json.Unmarshal(out.Files[0].Data, &e); err != nil {
		t.Fatal(err)
	}
	// What chaoslib insists on: a title, a description, a method, and of each activity a type, a name and a provider.
	if e.Title == "" || e.Description == "" || len(e.Method) != 3 || len(e.Rollbacks) != 1 {
		t.Fatalf("%+v", e)
	}
	inject, verify, remove := e.Method[0], e.Method[1], e.Method[2]
	if inject.Type != "action" || inject.Provider.Path != "./cut.sh" || !slices.Equal(inject.Provider.Arguments, []string{"eu; rm -rf /"}) || inject.Provider.Timeout != 5 {
		t.Errorf("%+v", inject)
	}
	if verify.Type != "probe" || remove.Pauses == nil || remove.Pauses.Before != 90 || remove.Provider.Path != "./mend.sh" || e.Rollbacks[0].Provider.Path != "./mend.sh" {
		t.Errorf("%+v %+v", verify, remove)
	}
	if e.Hypothesis == nil || e.Hypothesis.Probes[0].Provider.URL != "http://pay.example/" || e.Hypothesis.Probes[0].Tolerance != 200.0 {
		t.Errorf("%+v", e.Hypothesis)
	}
	if strings.Contains(string(out.Files[0].Data), `"arguments": "`) {
		t.Error("arguments as a text go through a shell")
	}
	p.Probes[0].Target = ""
	if out := write(t, p, "chaostoolkit"); !warned(out, "no steady state") {
		t.Error("nothing tells that there is no steady state")
	}
}

func TestKubectlStepsAreComments(t *testing.T) {
	for _, scenario := range []string{"region=eu", "zone=eu/a", "cluster=east", "workload=east/pay/Deployment/pay"} {
		out := write(t, drill(scenario, plan.Modes...), "kubectl")
		scripts := 0
		for _, f := range out.Files {
			if filepath.Ext(f.Name) != ".sh" {
				continue
			}
			scripts++
			for line := range strings.Lines(string(f.Data)) {
				if !strings.HasPrefix(line, "#") {
					t.Errorf("%s %s: %q is no comment", scenario, f.Name, line)
				}
			}
			if !strings.Contains(string(f.Data), "undo") {
				t.Errorf("%s: no way back", scenario)
			}
		}
		if scripts == 0 || !warned(out, "hang: kubectl cannot") || !warned(out, "error: kubectl cannot") {
			t.Errorf("%s: %d scripts, %v", scenario, scripts, out.Warnings)
		}
		for name, list := range objects(t, out) {
			for _, o := range list {
				if o["kind"] != "NetworkPolicy" {
					t.Errorf("%s: %v", name, o["kind"])
				}
			}
		}
	}
	if out := write(t, drill("zone=eu/a", "partition"), "kubectl"); len(objects(t, out)) != 0 || !warned(out, "knows no zones") {
		t.Error("a NetworkPolicy for a zone")
	}
}

func TestNamesOfStrangersStayNames(t *testing.T) {
	p := drill("workload=east/pay/Deployment/pay", plan.Modes...)
	p.Metadata.ID = "x\nkind: Evil\n# $(reboot)"
	p.Fault.Targets[0].Name, p.Fault.Targets[0].Cluster = "pay'\n$(reboot)", "../../etc"
	p.Fault.Targets[0].Labels = map[string]string{"a": "b\n---\nkind: Evil"}
	p.Fault.Hooks = map[string]plan.Hooks{"*": {Inject: []string{"x"}, Remove: []string{"y"}}}
	for _, tool := range Tools {
		for _, f := range write(t, p, tool).Files {
			if strings.ContainsAny(f.Name, "/\\") || strings.HasPrefix(f.Name, ".") {
				t.Errorf("%s writes to %q", tool, f.Name)
			}
			if filepath.Ext(f.Name) != ".yaml" {
				continue
			}
			for line := range strings.Lines(string(f.Data)) {
				if strings.HasPrefix(line, "kind: Evil") {
					t.Errorf("%s %s: a name became an object", tool, f.Name)
				}
			}
		}
	}
	for line := range strings.Lines(string(write(t, p, "kubectl").Files[0].Data)) {
		if filepath.Ext(write(t, p, "kubectl").Files[0].Name) == ".sh" && !strings.HasPrefix(line, "#") {
			t.Errorf("%q is no comment", line)
		}
	}
}

func TestUnknownToolsAndPlansWithoutTargets(t *testing.T) {
	if _, err := Write(drill("region=eu"), "gremlin"); err == nil {
		t.Error("steps for an unknown tool")
	}
	p := drill("service=m/m/pay/pay", "crash", "partition")
	p.Fault.Targets = nil
	for _, tool := range []string{"chaos-mesh", "litmus"} {
		if out := write(t, p, tool); len(out.Files) != 0 || !warned(out, "can be selected") {
			t.Errorf("%s: %+v", tool, out)
		}
	}
}
