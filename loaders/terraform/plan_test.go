package terraform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded is a file of testdata/plan: a plan and a state that Terraform 1.11.4 wrote of the configuration there.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "plan", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func recordedRoot(t testing.TB) *Root {
	t.Helper()
	tree, err := os.OpenRoot(filepath.Join("testdata", "plan"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Load(t.Context(), tree, ".", Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func plannedOf(t testing.TB, read func(string, []byte, Options) (*Planned, error), data []byte) *Planned {
	t.Helper()
	p, err := read("plan.json", data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// leafAt reads "address|a.0.b" of a list of instances.
func leafAt(t *testing.T, list []Instance, what string) Leaf {
	t.Helper()
	address, path, _ := strings.Cut(what, "|")
	for _, in := range list {
		if in.Address == address {
			return in.Leaf(pathOf(path)...)
		}
	}
	t.Fatalf("no %s", address)
	return Leaf{}
}

func compareLeaves(t *testing.T, list []Instance, want map[string]string) {
	t.Helper()
	for what, want := range want {
		if got := shown(leafAt(t, list, what)); got != want {
			t.Errorf("%s: %s\n want %s", what, got, want)
		}
	}
}

func TestDetectTellsPlansAndStatesByTheirContent(t *testing.T) {
	for text, want := range map[string]Format{
		string(recorded(t, "plan.json")): PlanFormat, string(recorded(t, "terraform.tfstate")): StateFormat, string(recorded(t, "show.json")): StateFormat,
		`{"version": 4}`: NoFormat, `{"format_version": "1.2"}`: NoFormat, `[1]`: NoFormat, ``: NoFormat, `{"format_version"`: NoFormat,
		`{"kind": "ConfigMap", "data": {"resource_changes": "x"}}`: NoFormat, strings.Repeat(`{"format_version":`, 5000): NoFormat,
		`{"format_version": "1.0", "planned_values": ` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "}": PlanFormat,
		` {"resource_changes": [], "format_version": "0.1"}`:                                                         PlanFormat,
	} {
		if got := Detect([]byte(text)); got != want {
			t.Errorf("%.60s: %v, want %v", text, got, want)
		}
	}
}

func TestRecordedPlanAnswersAsTheConfigurationDoes(t *testing.T) {
	p := plannedOf(t, ReadPlan, recorded(t, "plan.json"))
	compareLeaves(t, p.Instances(), map[string]string{
		"terraform_data.a|input.n":                  `3`,
		"terraform_data.a|input.l.1":                `"b"`,
		"terraform_data.a|input.s":                  `"sec" sensitive`,
		"terraform_data.a|input.never":              `absent`,
		"terraform_data.a|id":                       `? known after apply`,
		"terraform_data.a|triggers_replace":         `absent`,
		"terraform_data.c[1]|input.1":               `1 -> terraform_data.a.id`,
		"terraform_data.c[1]|input.0":               `? known after apply -> terraform_data.a.id`,
		"terraform_data.c[0]|triggers_replace":      `? known after apply -> module.m["x"].terraform_data.in.id`,
		`module.m["x"].terraform_data.in|input`:     `? known after apply; a plan does not show what locals and each.value stand for`,
		"data.terraform_remote_state.r|outputs.k":   `"v"`,
		"data.terraform_remote_state.r|backend":     `"local"`,
		"data.terraform_remote_state.r|workspace":   `absent`,
		"data.terraform_remote_state.r|config.path": `"x.tfstate"`,
	})
	p.Match(recordedRoot(t))
	compareLeaves(t, p.Instances(), map[string]string{
		"terraform_data.c[1]|input.1":           `1`,
		"terraform_data.c[1]|input.0":           `? known after apply -> terraform_data.a.id`,
		"terraform_data.c[0]|triggers_replace":  `? known after apply -> module.m["x"].terraform_data.in.id`,
		`module.m["x"].terraform_data.in|input`: `? known after apply -> terraform_data.a.id`,
		"terraform_data.a|id":                   `absent`,
	})
}

func TestPositionsInAPlanAreItsOwnUntilAConfigurationIsMatched(t *testing.T) {
	p := plannedOf(t, ReadPlan, []byte("{\"format_version\": \"1.2\",\n \"resource_changes\": [\n  {\"address\": \"a.b\", \"mode\": \"managed\", \"type\": \"a\", \"name\": \"b\",\n"+
		"   \"change\": {\"actions\": [\"create\"], \"after\": {\"é\": \"x\", \"l\": [{\"m\": 1}], \"z/y\": 2}, \"after_unknown\": {\"k\": true}}}]}"))
	for path, want := range map[string]string{
		"l.0.m": "plan.json:4:70 /resource_changes/0/change/after/l/0/m", "l.m": "plan.json:4:70 /resource_changes/0/change/after/l/0/m",
		"z/y": "plan.json:4:82 /resource_changes/0/change/after/z~1y", "k": "plan.json:4:47 /resource_changes/0/change/after", "none": "plan.json:4:47 /resource_changes/0/change/after",
	} {
		at := p.Instances()[0].Leaf(pathOf(path)...).Position()
		if got := at.String() + " " + at.Path; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if text := p.Instances()[0].Leaf("l").Written(); text != "" {
		t.Errorf("%q is written in a plan", text)
	}
	if at := p.Instances()[0].Position(); at.String() != "plan.json:3:3" || at.Path != "/resource_changes/0" {
		t.Errorf("%v", at)
	}
	q := plannedOf(t, ReadPlan, recorded(t, "plan.json"))
	q.Match(recordedRoot(t))
	at := leafAt(t, q.Instances(), `module.m["x"].terraform_data.in|input`).Position()
	if at.String() != "m/main.tf:3:42" || len(at.Via) != 1 || at.Via[0].What != `module.m["x"]` {
		t.Errorf("%v", at)
	}
}

func TestRecordedStateKnowsIdsAndInstances(t *testing.T) {
	for _, file := range []string{"terraform.tfstate", "show.json"} {
		p := plannedOf(t, ReadState, recorded(t, file))
		compareLeaves(t, p.Instances(), map[string]string{
			"terraform_data.a|input.n":                `3`,
			"terraform_data.a|input.s":                `"sec" sensitive`,
			"terraform_data.a|triggers_replace":       `absent`,
			"terraform_data.c[1]|input.1":             `1`,
			"data.terraform_remote_state.r|outputs.k": `"v"`,
		})
		if id, ok := leafAt(t, p.Instances(), `module.m["x"].terraform_data.in|id`).Text(); !ok || len(id) != 36 {
			t.Errorf("%s: id %q", file, id)
		}
	}
	p := plannedOf(t, ReadState, recorded(t, "terraform.tfstate"))
	for _, in := range p.Instances() {
		if got := shown(in.Lifecycle().CreateBeforeDestroy); in.Address == "terraform_data.a" && got != "true" || in.Provider != "terraform" {
			t.Errorf("%s: %s %s", in.Address, got, in.Provider)
		}
	}
}
