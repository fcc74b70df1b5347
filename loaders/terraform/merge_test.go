package terraform

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// fleetPlan is a plan as Terraform writes it of the configuration below, with a provider that has blocks.
const fleetPlan = `{"format_version":"1.2","terraform_version":"1.11.4","variables":{"region":{"value":"eu-west-1"}},
"resource_changes":[
 {"address":"module.site[\"eu\"].aws_route53_record.www","module_address":"module.site[\"eu\"]","mode":"managed","type":"aws_route53_record","name":"www",
  "change":{"actions":["update"],"after":{"alias":[{"evaluate_target_health":false,"name":"lb-1.example"}],"failover_routing_policy":[],"health_check_id":null,"name":"www","records":null,"set_identifier":"a","tags":{"k":"v"},"ttl":60},
   "after_unknown":{"alias":[{}],"fqdn":true},"after_sensitive":{"alias":[{}],"set_identifier":true}}},
 {"address":"module.site[\"eu\"].aws_lb.main","module_address":"module.site[\"eu\"]","mode":"managed","type":"aws_lb","name":"main",
  "change":{"actions":["no-op"],"after":{"dns_name":"lb-1.example","name":"main"},"after_unknown":{},"after_sensitive":{}}},
 {"address":"aws_lb.old","mode":"managed","type":"aws_lb","name":"old","change":{"actions":["delete"],"before":{},"after":null,"after_unknown":false}},
 {"address":"kubectl_manifest.m","mode":"managed","type":"kubectl_manifest","name":"m",
  "change":{"actions":["create"],"after":{"yaml_body":"apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"},"after_unknown":{}}},
 {"address":"kubectl_manifest.u","mode":"managed","type":"kubectl_manifest","name":"u",
  "change":{"actions":["create"],"after":{},"after_unknown":{"yaml_body":true}}},
 {"address":"kubernetes_manifest.o","mode":"managed","type":"kubernetes_manifest","name":"o",
  "change":{"actions":["create"],"after":{"manifest":{"apiVersion":"v1","kind":"Service","metadata":{"name":"b"},"spec":{}}},"after_unknown":{"manifest":{"spec":{"externalName":true}}}}},
 {"address":"aws_lb.two[\"b\"]","mode":"managed","type":"aws_lb","name":"two","index":"b","change":{"actions":["create"],"after":{"name":"two"},"after_unknown":{}}}],
"configuration":{"provider_config":{"aws":{"name":"aws","expressions":{"region":{"references":["var.region"]}}},"aws.dr":{"name":"aws","alias":"dr","expressions":{"region":{"constant_value":"us-east-1"}}},
  "google":{"name":"google","expressions":{"project":{"references":["local.p"]}}}},
 "root_module":{"resources":[
   {"address":"kubectl_manifest.m","mode":"managed","type":"kubectl_manifest","name":"m","provider_config_key":"kubectl","expressions":{"yaml_body":{}}},
   {"address":"kubectl_manifest.u","mode":"managed","type":"kubectl_manifest","name":"u","provider_config_key":"google","expressions":{"yaml_body":{"references":["local.y"]}},"depends_on":["kubectl_manifest.m"]},
   {"address":"aws_lb.two","mode":"managed","type":"aws_lb","name":"two","provider_config_key":"aws","for_each_expression":{"references":["aws_lb.old"]},"expressions":{"name":{"references":["each.value"]}},
    "provisioners":[{"type":"local-exec","expressions":{"command":{"constant_value":"kubectl apply -f mesh.yaml"}}}]}],
  "module_calls":{"site":{"source":"./site","expressions":{"check":{"references":["aws_route53_health_check.eu.id","aws_route53_health_check.eu"]}},
   "module":{"resources":[
    {"address":"aws_route53_record.www","mode":"managed","type":"aws_route53_record","name":"www","provider_config_key":"aws.dr",
     "expressions":{"alias":[{"name":{"references":["aws_lb.main.dns_name","aws_lb.main"]},"evaluate_target_health":{"constant_value":false}}],"health_check_id":{"references":["var.check"]},"name":{"constant_value":"www"},"set_identifier":{"constant_value":"a"},"ttl":{"constant_value":60}}},
    {"address":"aws_lb.main","mode":"managed","type":"aws_lb","name":"main","provider_config_key":"aws","expressions":{}}]}}}}}}`

// fleetConfig is what the plan was made of, and one more resource.
const fleetConfig = `variable "region" {}
provider "aws" { region = var.region }
provider "aws" {
  alias  = "dr"
  region = "us-east-1"
}
resource "aws_route53_health_check" "eu" {}
module "site" {
  source    = "./site"
  for_each  = toset(["eu"])
  check     = aws_route53_health_check.eu.id
  providers = { aws = aws.dr }
}
resource "kubectl_manifest" "m" {
  yaml_body = <<-E
    apiVersion: v1
    kind: Service
    metadata: {name: a}
  E
}
resource "kubectl_manifest" "u" {
  yaml_body = <<-E
    apiVersion: v1
    kind: Service
    metadata: {name: u}
    spec: {externalName: "${aws_route53_health_check.eu.arn}"}
  E
}
resource "aws_lb" "two" {
  for_each = aws_route53_health_check.eu.names
  name     = "zwei"
}
resource "aws_lb" "new" { name = "new" }
-- site/main.tf --
variable "check" {}
resource "aws_lb" "main" { name = "main" }
resource "aws_route53_record" "www" {
  name            = "www"
  ttl             = 30
  set_identifier  = "a"
  health_check_id = var.check
  alias {
    name                   = aws_lb.main.dns_name
    evaluate_target_health = false
  }
  lifecycle {
    prevent_destroy = true
  }
}
`

func TestPlanOfBlocksProvidersAndReferences(t *testing.T) {
	p := plannedOf(t, ReadPlan, []byte(fleetPlan))
	www := `module.site["eu"].aws_route53_record.www|`
	compareLeaves(t, p.Instances(), map[string]string{
		www + "alias.name":                                 `"lb-1.example" -> module.site["eu"].aws_lb.main.dns_name`,
		www + "alias.0.evaluate_target_health":             `false`,
		www + "alias.1.name":                               `absent`,
		www + "alias":                                      `{"evaluate_target_health":false,"name":"lb-1.example"} -> module.site["eu"].aws_lb.main.dns_name`,
		www + "failover_routing_policy":                    `absent`,
		www + "failover_routing_policy.type":               `absent`,
		www + "health_check_id":                            `null -> aws_route53_health_check.eu.id`,
		www + "records":                                    `absent`,
		www + "set_identifier":                             `"a" sensitive`,
		www + "tags.k":                                     `"v"`,
		www + "fqdn":                                       `? known after apply`,
		"kubernetes_manifest.o|manifest.spec.externalName": `? known after apply`,
		"kubernetes_manifest.o|manifest.kind":              `"Service"`,
	})
	for _, in := range p.Instances() {
		region, provider := fmt.Sprint(shown(in.ProviderLeaf("region"))), shown(in.ProviderLeaf("project"))
		got := fmt.Sprintf("%s %s %#v %s %s", in.Address, in.Provider, in.Region, region, provider)
		if want := map[string]string{
			`module.site["eu"].aws_route53_record.www`: `aws.dr cty.StringVal("us-east-1") "us-east-1" absent`,
			`module.site["eu"].aws_lb.main`:            `aws cty.StringVal("eu-west-1") "eu-west-1" absent`,
			`kubectl_manifest.m`:                       `kubectl cty.NilVal absent absent`,
			`kubectl_manifest.u`:                       `google cty.NilVal absent ? a plan shows only what it refers to: local.p`,
			`kubernetes_manifest.o`:                    ` cty.NilVal absent absent`,
			`aws_lb.two["b"]`:                          `aws cty.StringVal("eu-west-1") "eu-west-1" absent`,
		}[in.Address]; got != in.Address+" "+want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	two, u := p.Instances()[5], p.Instances()[3]
	if list := two.Provisioners(); len(list) != 1 || list[0].Kind != "local-exec" || shown(list[0].Command) != `"kubectl apply -f mesh.yaml"` {
		t.Errorf("%+v", list)
	}
	if d := u.DependsOn(); len(d) != 1 || d[0].Address != "kubectl_manifest.m" {
		t.Errorf("%+v", d)
	}
	if l := two.Lifecycle(); l.PreventDestroy.Unknown == nil || l.IgnoreUnknown == "" {
		t.Error("a plan does not show a lifecycle")
	}
	if shown(two.Leaf("name")) != `"two" -> aws_lb.old` {
		t.Error(shown(two.Leaf("name")))
	}
}

func TestDocumentsOfAPlan(t *testing.T) {
	p := plannedOf(t, ReadPlan, []byte(fleetPlan))
	docs := func(address, attr string) ([]*Document, *Unknown) {
		for _, in := range p.Instances() {
			if in.Address == address {
				return in.Document(attr)
			}
		}
		return nil, nil
	}
	if list, u := docs("kubectl_manifest.m", "yaml_body"); len(list) != 1 || u != nil || len(list[0].Manifests) != 1 || !strings.HasPrefix(list[0].Locate("/kind").String(), "plan.json:10:") {
		t.Errorf("%+v %+v", list, u)
	}
	if list, u := docs("kubectl_manifest.u", "yaml_body"); len(list) != 0 || u == nil || !strings.HasPrefix(u.Reason, AfterApply+"; a plan does not show") {
		t.Errorf("%+v %+v", list, u)
	}
	if list, u := docs("kubernetes_manifest.o", "manifest"); len(list) != 1 || u != nil || list[0].Unknown["/spec/externalName"] == nil || len(list[0].Unknown) != 1 {
		t.Errorf("%+v %+v", list, u)
	}
	p.Match(root(t, fleetConfig, Options{}))
	if list, _ := docs("kubectl_manifest.m", "yaml_body"); len(list) != 1 || list[0].Locate("/kind").String() != "main.tf:17:5" {
		t.Errorf("%+v", list[0].Locate("/kind"))
	}
	if list, u := docs("kubectl_manifest.u", "yaml_body"); len(list) != 1 || u != nil || list[0].Unknown["/spec/externalName"] == nil {
		t.Errorf("%+v %+v", list, u)
	}
}

func TestMergeTakesThePlanAndNotesDifferences(t *testing.T) {
	p := plannedOf(t, ReadPlan, []byte(fleetPlan))
	list, notes := Merge(p, nil, root(t, fleetConfig, Options{}))
	var got, told []string
	for _, in := range list {
		got = append(got, in.Address)
	}
	for _, n := range notes {
		told = append(told, fmt.Sprintf("%s:%d %s", n.Range.Filename, n.Range.Start.Line, n.Message))
		if !n.Note {
			t.Error("a difference is a note")
		}
	}
	want := []string{`module.site["eu"].aws_route53_record.www`, `module.site["eu"].aws_lb.main`, "kubectl_manifest.m", "kubectl_manifest.u", "kubernetes_manifest.o", `aws_lb.two["b"]`, "aws_lb.new", "aws_route53_health_check.eu"}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if want := []string{
		"main.tf:7 aws_route53_health_check.eu: it is in the configuration and not in the plan",
		"main.tf:29 aws_lb.two[?]: name differs between the plan and the configuration",
		"main.tf:33 aws_lb.new: it is in the configuration and not in the plan",
		"plan.json:13 kubernetes_manifest.o: it is in the plan and not in the configuration",
		`site/main.tf:3 module.site["eu"].aws_route53_record.www: ttl differs between the plan and the configuration`,
	}; !slices.Equal(told, want) {
		t.Errorf("%s", strings.Join(told, "\n"))
	}
	compareLeaves(t, list, map[string]string{
		`module.site["eu"].aws_route53_record.www|ttl`:  `60`,
		`module.site["eu"].aws_route53_record.www|fqdn`: `absent`,
		`aws_lb.two["b"]|name`:                          `"two"`,
	})
	if l := list[0].Lifecycle(); shown(l.PreventDestroy) != "true" || l.Position.String() != "site/main.tf:12:3" {
		t.Errorf("%+v", l)
	}
}

func TestMergeTakesTheStateForWhatTheConfigurationCannotTell(t *testing.T) {
	state := `{"version":4,"lineage":"x","resources":[
 {"mode":"managed","type":"aws_lb","name":"many","provider":"provider[\"registry.terraform.io/hashicorp/aws\"].dr","instances":[
  {"index_key":"eu","attributes":{"dns_name":"eu.example","name":"many"}},{"index_key":"us","attributes":{"dns_name":"us.example","name":"many"}}]},
 {"module":"module.gone","mode":"managed","type":"aws_lb","name":"gone","provider":"module.gone[\"x\"].provider[\"registry.terraform.io/hashicorp/aws\"]","instances":[{"attributes":{"name":"g"}}]},
 {"mode":"managed","type":"aws_lb","name":"one","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]","instances":[{"attributes":{"dns_name":"one.example","name":"drifted","idle":null}},{"deposed":"ab","attributes":{}}]}]}`
	p := plannedOf(t, ReadState, []byte(state))
	list, notes := Merge(nil, p, root(t, `data "x" "x" {}
resource "aws_lb" "many" {
  for_each = data.x.x.sites
  name     = "many"
  target   = each.key
}
resource "aws_lb" "one" {
  name = "one"
  idle = 5
}
`, Options{}))
	compareLeaves(t, list, map[string]string{
		`aws_lb.many["eu"]|dns_name`: `"eu.example"`, `aws_lb.many["us"]|name`: `"many"`, `aws_lb.one|name`: `"drifted"`, `aws_lb.one|dns_name`: `"one.example"`, `aws_lb.one|idle`: `5`,
		`aws_lb.many["us"]|target`: `? for_each of aws_lb.many is not known; data source: data.x.x.sites -> data.x.x.sites`,
	})
	if len(list) != 4 || list[0].Provider != "aws.dr" {
		t.Errorf("%+v", list)
	}
	if at := leafAt(t, list, "aws_lb.one|name").Position().String(); at != "main.tf:8:10" {
		t.Error(at)
	}
	if len(notes) != 3 || !strings.Contains(fmt.Sprint(notes), "module.gone.aws_lb.gone: it is in the state and not in the configuration") || !strings.Contains(fmt.Sprint(notes), "aws_lb.one: name differs") ||
		!strings.Contains(fmt.Sprint(notes), "aws_lb.one: idle differs") {
		t.Errorf("%v", notes)
	}
}

func TestHostilePlans(t *testing.T) {
	begin := time.Now()
	for name, tt := range map[string]struct{ text, want string }{
		"deep":          {`{"format_version":"1.0","x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}", "nested too deep"},
		"no JSON":       {`{"format_version":"1.0"`, "no JSON"},
		"format 2.0":    {`{"format_version":"2.0"}`, `"2.0" is not among`},
		"format 0.0":    {`{"format_version":"0.0"}`, "is not among"},
		"no format":     {`{}`, "is not among"},
		"long format":   {`{"format_version":"` + strings.Repeat("9", 1000) + `"}`, "…"},
		"a wrong type":  {`{"format_version":1}`, "no plan"},
		"a list":        {`[]`, "no plan"},
		"format 0.1":    {`{"format_version":"0.1","planned_values":{"root_module":{"resources":[{"address":"a.b","mode":"managed","type":"a","name":"b","values":{}}]}}}`, ""},
		"format 1.99":   {`{"format_version":"1.99","resource_changes":[{"address":"a.b","mode":"managed","type":"a","name":"b","change":{}}]}`, ""},
		"long number":   {`{"format_version":"1.0","resource_changes":[{"address":"a.b","mode":"managed","type":"a","name":"b","change":{"after":{"n":` + strings.Repeat("9", 5000) + `}}}]}`, "told"},
		"huge exponent": {`{"format_version":"1.0","resource_changes":[{"address":"a.b","mode":"managed","type":"a","name":"b","change":{"after":{"n":1e99999999}}}]}`, "told"},
		"no address":    {`{"format_version":"1.0","resource_changes":[{"mode":"managed","type":"a"}]}`, "told"},
		"odd changes":   {`{"format_version":"1.0","resource_changes":[1,"x",null,[],{"change":1}]}`, "told"},
		"references in a circle": {`{"format_version":"1.0","resource_changes":[{"address":"module.m.a.b","module_address":"module.m","mode":"managed","type":"a","name":"b","change":{"after_unknown":{"n":true}}}],
			"configuration":{"root_module":{"module_calls":{"m":{"expressions":{"v":{"references":["module.m.o"]}},"module":{"outputs":{"o":{"expression":{"references":["var.v"]}}},
			"resources":[{"mode":"managed","type":"a","name":"b","expressions":{"n":{"references":["var.v"]}}}]}}}}}}`, ""},
	} {
		p, err := ReadPlan("plan.json", []byte(tt.text), Options{})
		switch {
		case tt.want == "told":
			if err != nil || len(p.Diagnostics()) == 0 {
				t.Errorf("%s: %v", name, err)
			}
			for _, in := range p.Instances() {
				if l := in.Leaf("n"); l.Unknown == nil {
					t.Errorf("%s: %s", name, shown(l))
				}
			}
		case tt.want == "" && (err != nil || len(p.Instances()) != 1 || len(p.Diagnostics()) > 0):
			t.Errorf("%s: %v", name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		case tt.want == "":
			p.Instances()[0].Leaf("n")
		}
	}
	if _, err := ReadPlan("p", make([]byte, 100), Options{Limits: Limits{ConfigBytes: 99}}); err == nil {
		t.Error("a large file is read")
	}
	many := `{"format_version":"1.0","resource_changes":[`
	for i := range 20 {
		many += fmt.Sprintf(`{"address":"a.b[%d]","mode":"managed","type":"a","name":"b","index":%d,"change":{}},`, i, i)
	}
	p, err := ReadPlan("p", []byte(many+`{}]}`), Options{Limits: Limits{AllInstances: 7}})
	if err != nil || len(p.Instances()) != 7 || len(p.Diagnostics()) == 0 {
		t.Errorf("%v", err)
	}
	// Lists that could be one in any order are not tried in all.
	list := strings.Repeat(`[`+strings.Repeat("0,", 300)+"1],", 299) + `[0]`
	other := strings.Repeat(`[`+strings.Repeat("0,", 300)+"2],", 299) + `[0]`
	p = plannedOf(t, ReadPlan, []byte(`{"format_version":"1.0","resource_changes":[{"address":"r.r","mode":"managed","type":"r","name":"r","change":{"after":{"l":[`+list+`]}}}]}`))
	if _, notes := Merge(p, nil, root(t, "resource \"r\" \"r\" { l = ["+other+"] }\n", Options{})); len(notes) != 1 {
		t.Errorf("%v", notes)
	}
	if spent := time.Since(begin); spent > time.Minute {
		t.Errorf("took %v", spent)
	}
}

func TestProviderBlocksAndSecretsOfAPlan(t *testing.T) {
	p := plannedOf(t, ReadPlan, []byte(`{"format_version":"1.2","variables":{"r":{"value":"eu"},"s":{"value":"x"}},
"prior_state":{"values":{"root_module":{"resources":[{"address":"data.a.d","mode":"data","type":"a","name":"d","values":{"v":"old"}},{"address":"data.a.e","mode":"data","type":"a","name":"e","values":{"v":"kept"}}]}}},
"resource_changes":[{"address":"data.a.d","mode":"data","type":"a","name":"d","change":{"actions":["read"],"after":{},"after_unknown":{"v":true}}},
 {"address":"helm_release.h","mode":"managed","type":"helm_release","name":"h","change":{"after":{}}}],
"configuration":{"provider_config":{"helm":{"expressions":{"kubernetes":[{"host":{"references":["aws_eks_cluster.c.endpoint","aws_eks_cluster.c"]},"config_context":{"constant_value":"east"}}],
  "token":{"references":["var.s"]},"list":{"constant_value":[{"a":1}]},"region":{"references":["var.r"]}}}},
 "root_module":{"variables":{"s":{"sensitive":true}},"resources":[{"mode":"managed","type":"helm_release","name":"h","provider_config_key":"helm"}]}}}`))
	compareLeaves(t, p.Instances(), map[string]string{"data.a.d|v": "? known after apply", "data.a.e|v": `"kept"`})
	if len(p.Instances()) != 3 {
		t.Errorf("%d instances", len(p.Instances()))
	}
	in := p.Instances()[1]
	for path, want := range map[string]string{
		"kubernetes.host": "? a plan shows only what it refers to: aws_eks_cluster.c.endpoint, aws_eks_cluster.c -> aws_eks_cluster.c.endpoint", "kubernetes.0.config_context": `"east"`,
		"kubernetes.token": "absent", "token": `"x" sensitive`, "list.0.a": "1", "list.1": "absent", "region": `"eu"`, "none": "absent",
		"kubernetes": "? a plan does not show what it is -> aws_eks_cluster.c.endpoint",
	} {
		if got := shown(in.ProviderLeaf(pathOf(path)...)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestLargePlansAreReadInTime(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"format_version":"1.2","resource_changes":[`)
	for i := range 10_000 {
		fmt.Fprintf(&b, `{"address":"module.m[%d].aws_lb.x","module_address":"module.m[%d]","mode":"managed","type":"aws_lb","name":"x","change":{"actions":["create"],"after":{"name":"n%d","tags":{"a":"%s"}},"after_unknown":{"dns_name":true}}},`, i, i, i, strings.Repeat("t", 600))
	}
	b.WriteString(`{}],"configuration":{"root_module":{"module_calls":{"m":{"expressions":{"n":{"references":["aws_lb.y.id"]}},"module":{"resources":[{"mode":"managed","type":"aws_lb","name":"x","provider_config_key":"aws","expressions":{"name":{"references":["var.n"]}}}]}}}}}}`)
	begin := cpuTime(t)
	p := plannedOf(t, ReadPlan, []byte(b.String()))
	for i, in := range p.Instances() {
		l := in.Leaf("name")
		if at := l.Position(); shown(l) != fmt.Sprintf(`"n%d" -> aws_lb.y.id`, i) || at.Line != 1 || b.String()[at.Column-1:at.Column+1] != `"n` {
			t.Fatalf("%s %v", shown(l), at)
		}
		in.Leaf("dns_name")
	}
	if spent := cpuTime(t) - begin; spent > cpuBudget*slower {
		t.Errorf("took %v of CPU", spent)
	} else {
		t.Logf("%v of CPU", spent)
	}
}

func FuzzReadPlan(f *testing.F) {
	for _, name := range []string{"plan.json", "terraform.tfstate", "show.json"} {
		f.Add(recorded(f, name))
	}
	f.Add([]byte(fleetPlan))
	f.Add([]byte(`{"format_version":"1.0","resource_changes":[{"address":"module.m[\"x","module_address":"module.m[\"x","mode":"data","type":"a","name":"b","change":{"after":[],"after_unknown":{"a":[true]},"after_sensitive":true}}]}`))
	tree, err := os.OpenRoot("testdata/plan")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		Detect(data)
		for _, read := range []func(string, []byte, Options) (*Planned, error){ReadPlan, ReadState} {
			p, err := read("p.json", data, Options{})
			if err != nil {
				continue
			}
			look := func(list []Instance) {
				for _, in := range list[:min(len(list), 10)] {
					for name := range in.Values.Type().AttributeTypes() {
						in.Leaf(name).Position()
						in.Leaf(name, 0, "a")
						docs, _ := in.Document(name)
						for _, d := range docs {
							d.Locate("/metadata/name")
						}
					}
					in.ProviderLeaf("region").Position()
					in.Lifecycle()
					in.Provisioners()
					in.DependsOn()
					in.Position()
				}
			}
			look(p.Instances())
			Covered(p.Instances())
			r, err := Load(context.Background(), tree, ".", Options{})
			if err != nil {
				t.Fatal(err)
			}
			list, _ := Merge(p, nil, r)
			look(list)
			p.Diagnostics()
		}
	})
}
