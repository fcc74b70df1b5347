package fleets

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/terraform"
)

// block is the address of what a finding is about where it is no service of a mesh: a resource, a call of a module, the backend.
var block = regexp.MustCompile(`^((aws|terraform)_\w+\.\w+(\["\w+"\])?|module\.\w+|terraform\.backend)$`)

// parseTerraform reads a file as Terraform's own parser does; false if it is none of Terraform's.
func parseTerraform(t *testing.T, name, text string) bool {
	t.Helper()
	var diags hcl.Diagnostics
	switch {
	case path.Ext(name) == ".tftpl":
		_, diags = hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	case path.Ext(name) == ".tf", path.Ext(name) == ".tfvars", path.Base(name) == ".terraform.lock.hcl":
		_, diags = hclsyntax.ParseConfig([]byte(text), name, hcl.InitialPos)
	default:
		return false
	}
	for _, d := range diags {
		t.Errorf("unreadable: %s", d)
	}
	return true
}

// evaluate runs the roots of a tree's environments, and gives their resources and data sources by address.
func evaluate(t *testing.T, tree string) map[string]terraform.Instance {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(fleetsDir, tree))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	out := map[string]terraform.Instance{}
	for _, e := range c.Environments {
		var o terraform.Options
		for _, f := range e.VarFiles {
			name, err := filepath.Rel(e.Terraform, f)
			if err != nil {
				t.Fatal(err)
			}
			o.Variables = append(o.Variables, terraform.Variable{File: filepath.ToSlash(name)})
		}
		r, err := terraform.Load(t.Context(), files, e.Terraform, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range r.Instances() {
			out[in.Address] = in
			readable(t, in)
		}
		r.Outputs()
		for _, d := range r.Diagnostics() {
			t.Errorf("%s: %s: %s", tree, d.Range, d.Message)
		}
	}
	return out
}

// documents are the attributes that hold some, by type of resource.
var documents = map[string]string{"kubectl_manifest": "yaml_body", "kubernetes_manifest": "manifest"}

// readable holds that what a resource applies can be read: one object, or the values of a chart.
func readable(t *testing.T, in terraform.Instance) {
	t.Helper()
	name := documents[in.Type]
	if name != "" {
		docs, unknown := in.Document(name)
		if len(docs) != 1 || unknown != nil || len(docs[0].Manifests) != 1 {
			t.Errorf("%s: %d documents, unknown for %v", in.Address, len(docs), unknown)
		}
	}
	if in.Type == "helm_release" && !in.Leaf("values").Absent {
		if docs, unknown := in.Document("values", 0); len(docs) != 1 || unknown != nil {
			t.Errorf("%s: %d documents, unknown for %v", in.Address, len(docs), unknown)
		}
	}
}

// The planted faults are nothing that an evaluation stumbles over, and each cluster gets as many objects of the mesh as the other.
func TestAtlasEvaluates(t *testing.T) {
	for _, tree := range []string{"atlas", "atlas-broken"} {
		objects := map[string]int{}
		for _, in := range evaluate(t, tree) {
			if documents[in.Type] != "" {
				docs, _ := in.Document(documents[in.Type])
				for _, d := range docs {
					objects[in.Provider+" "+d.Manifests[0].Kind]++
				}
			}
		}
		for _, want := range []struct {
			object string
			count  int
		}{
			{"kubectl.east VirtualService", 6}, {"kubectl.west VirtualService", 6}, {"kubernetes.east VirtualService", 1},
			{"kubectl.east DestinationRule", 6}, {"kubectl.west DestinationRule", 6}, {"kubernetes.west DestinationRule", 1},
			{"kubectl.east AuthorizationPolicy", 7}, {"kubectl.west AuthorizationPolicy", 7}, {"kubectl.west PeerAuthentication", 1},
		} {
			if objects[want.object] != want.count {
				t.Errorf("%s: %d of %s, want %d", tree, objects[want.object], want.object, want.count)
			}
		}
	}
}

// Where a fault is a value that is written, the value stands at the line that the table names, however it is reached.
func TestAtlasLines(t *testing.T) {
	broken, faults, all := files(t, "atlas-broken"), tables(t)["atlas-broken"], evaluate(t, "atlas-broken")
	for _, c := range []struct {
		fault   int
		address string
		path    []any
		pointer string // into the document that the path holds
	}{
		{1, "aws_route53_record.partners_east", []any{"health_check_id"}, ""},
		{2, `aws_route53_record.api["west"]`, []any{"health_check_id"}, ""},
		{3, "aws_route53_health_check.pay_east", []any{"fqdn"}, ""},
		{4, "aws_route53_record.console_east", []any{"alias", "evaluate_target_health"}, ""},
		{5, "aws_route53_record.hooks_east", []any{"failover_routing_policy", "type"}, ""},
		{6, "aws_dynamodb_table.sessions", []any{"replica"}, ""},
		{7, "aws_rds_cluster.ledger_west", []any{"deletion_protection"}, ""},
		{11, "module.payments_east.kubectl_manifest.destination", []any{"yaml_body"}, "/spec/trafficPolicy/loadBalancer/localityLbSetting"},
		{11, "module.payments_west.kubectl_manifest.destination", []any{"yaml_body"}, "/spec/trafficPolicy/loadBalancer/localityLbSetting"},
		{12, "module.limits_west.kubectl_manifest.route[0]", []any{"yaml_body"}, "/spec/http/0"},
		{13, "module.east.helm_release.istiod", []any{"values", 0}, "/meshConfig/serviceSettings/0/hosts/0"},
		{14, "module.ledger_west.kubernetes_deployment_v1.ledger", []any{"spec", "replicas"}, ""},
		{15, "module.fraud_east.kubernetes_manifest.destination", []any{"manifest"}, "/spec/trafficPolicy/tls/mode"},
	} {
		fault := faults[c.fault-1]
		in, ok := all[c.address]
		if !ok {
			t.Errorf("fault %d: no %s", c.fault, c.address)
			continue
		}
		at := in.Leaf(c.path...).Position()
		if c.pointer != "" {
			docs, _ := in.Document(c.path...)
			at = docs[0].Locate(c.pointer)
		}
		if want := linesWith(broken[fault.At.File], fault.At.Match)[0]; at.File != fault.At.File || at.Line != want {
			t.Errorf("fault %d: %s stands at %s, want %s:%d", c.fault, c.address, at, fault.At.File, want)
		}
		if inModule := c.address[:7] == "module."; inModule != (len(at.Via) == 1) {
			t.Errorf("fault %d: %s is reached by way of %v", c.fault, c.address, at.Via)
		}
	}
}
