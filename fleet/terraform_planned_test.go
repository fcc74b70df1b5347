package fleet

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// twoSites is a module whose plan Terraform 1.11.4 wrote (testdata/planned), as archives of its files.
func twoSites(t *testing.T) (configuration, plan string) {
	t.Helper()
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join("testdata", "planned", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return "-- infra/" + name + " --\n" + string(data)
	}
	return read("main.tf") + read("site/main.tf"), read("plan.json")
}

const prodIs = "-- muster.yaml --\napiVersion: passmuster.dev/v1\nclusters: [{name: east, region: us-east-1}]\nenvironments: {prod: {clusters: [east], %s}}\n"

// nodes are the records, balancers and stores of a graph, without positions and without the reasons for what is not known.
func nodes(f *Fleet) string {
	var b strings.Builder
	for _, list := range []any{f.Graph.Records, f.Graph.Balancers, f.Graph.Stores} {
		node(&b, reflect.ValueOf(list), "", map[any]bool{})
	}
	return b.String()
}

func node(b *strings.Builder, v reflect.Value, at string, seen map[any]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Interface()] {
			return
		}
		seen[v.Interface()] = true
		node(b, v.Elem(), at, seen)
		delete(seen, v.Interface())
	case reflect.Slice:
		for i := range v.Len() {
			node(b, v.Index(i), fmt.Sprintf("%s.%d", at, i), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Field(i).Type() == reflect.TypeFor[mesh.Origin]() || name == "Cause" || name == "Losses" {
				continue
			}
			node(b, v.Field(i), at+"."+name, seen)
		}
	default:
		if !v.IsZero() {
			fmt.Fprintln(b, at, v.Interface())
		}
	}
}

// One module is the same as configuration, as a plan, and as both.
func TestAPlanGivesTheNodesOfItsConfiguration(t *testing.T) {
	configuration, plan := twoSites(t)
	load := func(t *testing.T, archive string) *Fleet {
		t.Helper()
		f := planned(t, archive)
		if told(f) != "" && !strings.Contains(told(f), "are not known before it is applied") || strings.Count(told(f), "\n") > 1 {
			t.Error(told(f))
		}
		return f
	}
	want := load(t, fmt.Sprintf(prodIs, "terraform: infra")+configuration)
	if len(want.Graph.Records) != 1 || len(want.Graph.Balancers) != 2 || len(want.Graph.Stores) != 1 || len(want.Graph.Records[0].Members) != 2 {
		t.Fatalf("%s", nodes(want))
	}
	for name, archive := range map[string]string{
		"plan alone":                  fmt.Sprintf(prodIs, "plan: infra/plan.json") + plan,
		"plan beside a configuration": fmt.Sprintf(prodIs, "terraform: infra, plan: infra/plan.json") + configuration + plan,
	} {
		t.Run(name, func(t *testing.T) {
			f := load(t, archive)
			if got := nodes(f); got != nodes(want) {
				t.Errorf("got\n%s\nwant\n%s", got, nodes(want))
			}
			at, in := f.Graph.Records[0].Members[1].Origin.Position(), "infra/main.tf"
			if name == "plan alone" {
				in = "infra/plan.json"
			}
			if at.File != in || at.Line < 2 {
				t.Errorf("the second member stands in %s", at)
			}
		})
	}
}

// A plan or a state among the inputs belongs to the root module in its folder. It is no document that is no manifest.
func TestPlansAmongTheInputs(t *testing.T) {
	configuration, plan := twoSites(t)
	const state = `{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": [
 {"mode": "managed", "type": "aws_dynamodb_table", "name": "orders", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
  "instances": [{"attributes": {"name": "orders", "deletion_protection_enabled": false}}]}]}
`
	manifest := "-- infra/a.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n-- infra/package.json --\n{\"name\": \"x\"}\n"
	for name, c := range map[string]struct {
		archive string
		inputs  []string
		want    string // names and folders of environments, and how many records and stores there are
		told    string // a part of what is told; "" = nothing but what is not known
	}{
		"plan and configuration":          {configuration + plan, []string{"infra"}, "infra (infra) records 1 stores 1", ""},
		"plan alone":                      {plan, []string{"infra"}, "infra/plan (infra) records 1 stores 1", ""},
		"plan that is named":              {plan, []string{"infra/plan.json"}, "infra/plan (infra) records 1 stores 1", ""},
		"state alone":                     {"-- infra/terraform.tfstate --\n" + state, []string{"infra"}, "infra/terraform (infra) records 0 stores 1", ""},
		"state and plan":                  {plan + "-- infra/terraform.tfstate --\n" + state, []string{"infra"}, "infra/plan (infra) records 1 stores 1", "deletion_protection_enabled differs between the plan and the state"},
		"state and configuration":         {configuration + "-- infra/terraform.tfstate --\n" + state, []string{"infra"}, "infra (infra) records 1 stores 1", "deletion_protection_enabled differs between the state and the configuration"},
		"state of a remote backend":       {configuration + "-- infra/backend.tf --\nterraform {\n  backend \"s3\" {}\n}\n-- infra/terraform.tfstate --\n" + state, []string{"infra"}, "infra (infra) records 1 stores 1", "this state is left out"},
		"state that nobody names":         {configuration + "-- infra/other.tfstate --\n" + state, []string{"infra"}, "infra (infra) records 1 stores 1", "nothing tells whose it is"},
		"two plans":                       {configuration + plan + strings.Replace(plan, "plan.json", "old.json", 1), []string{"infra"}, "infra (infra) records 1 stores 1", "there are several of the environment infra"},
		"plan elsewhere of a root module": {configuration + strings.Replace(plan, "infra/plan.json", "plans/x.json", 1), []string{"infra", "plans"}, "infra (infra) records 1 stores 1", "it has the resources of the root module infra"},
		"one of two environments": {
			configuration + "-- infra/eu.tfvars --\nttl = 60\n-- infra/us.tfvars --\nttl = 30\n" + strings.Replace(plan, "plan.json", "us.plan.json", 1),
			[]string{"infra"}, "infra (eu) (infra) infra (us) (infra) records 1 stores 2", "",
		},
		"no plan of a format that is known": {strings.Replace(plan, `"format_version": "1.2"`, `"format_version": "9.0"`, 1), []string{"infra"}, "infra/plan (infra) records 0 stores 0", "the plan infra/plan.json cannot be read"},
		"difference":                        {strings.Replace(configuration, "request_interval  = 10", "request_interval  = 30", 1) + plan, []string{"infra"}, "infra (infra) records 1 stores 1", "aws_route53_health_check.east: request_interval differs between the plan and the configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			f := planned(t, c.archive+manifest, c.inputs...)
			var got []string
			for _, e := range f.Graph.Environments {
				got = append(got, e.Name+" ("+e.Folder+")")
			}
			got = append(got, fmt.Sprintf("records %d stores %d", len(f.Graph.Records), len(f.Graph.Stores)))
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			text := ""
			for line := range strings.Lines(told(f)) {
				if !strings.Contains(line, "not known before it is applied") {
					text += line
				}
			}
			if !strings.Contains(text, c.told) || c.told == "" && text != "" {
				t.Errorf("%q, want %q", text, c.told)
			}
			for _, i := range f.Inputs.Ignored {
				if strings.Contains(i.File, "plan") || strings.Contains(i.File, "tfstate") {
					t.Errorf("%s: %s", i.File, i.Reason)
				}
			}
		})
	}
}

// What the config names is read within its working tree, as nothing but a file.
func TestPlansThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct{ archive, want string }{
		"missing":       {fmt.Sprintf(prodIs, "plan: infra/plan.json"), "infra/plan.json"},
		"outside":       {fmt.Sprintf(prodIs, "plan: ../../../../../../../../etc/passwd"), "outside"},
		"a folder":      {fmt.Sprintf(prodIs, "plan: infra") + "-- infra/a.txt --\n", "no regular file"},
		"not a plan":    {fmt.Sprintf(prodIs, "plan: infra/plan.json") + "-- infra/plan.json --\n{}\n", "format_version"},
		"no JSON":       {fmt.Sprintf(prodIs, "state: infra/s.json") + "-- infra/s.json --\nx\n", "it is no JSON"},
		"beside a root": {fmt.Sprintf(prodIs, "terraform: infra, plan: infra/plan.json") + "-- infra/main.tf --\nlocals {}\n", "infra/plan.json"},
	} {
		t.Run(name, func(t *testing.T) {
			f := planned(t, c.archive)
			if !strings.Contains(told(f), c.want) || !strings.Contains(told(f), "gap east") || len(f.Inputs.Unreadable) != 1 {
				t.Errorf("%s\nwant %s", told(f), c.want)
			}
		})
	}
}
