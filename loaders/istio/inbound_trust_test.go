package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

func TestPoliciesThatAdmitOnlyForeignTrustDomains(t *testing.T) {
	const settings = "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: i, namespace: istio-system}, spec: {meshConfig: {trustDomain: td.bank, trustDomainAliases: [old.bank]}}}"
	admits := func(action string, principals ...string) string {
		return fmt.Sprintf("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: cart, namespace: shop}\nspec:\n  action: %s\n  rules:\n  - from:\n    - source:\n        principals: [%s]\n",
			action, strings.Join(principals, ", "))
	}
	const foreign = "c1.yaml:11 AuthorizationPolicy shop/cart admits only principals of trust domain td.other, which is neither the mesh's (td.bank) nor an alias of it: no workload of the mesh has such an identity"
	tests := []struct {
		name, settings, policy string
		others                 []string
		want                   string
	}{
		{"another domain", settings, admits("ALLOW", "td.other/ns/web/sa/web"), nil, foreign},
		{"the mesh's", settings, admits("ALLOW", "td.bank/ns/web/sa/web"), nil, ""},
		{"an alias", settings, admits("ALLOW", "old.bank/ns/web/sa/web"), nil, ""},
		{"the name that stands for every mesh's own", settings, admits("ALLOW", "cluster.local/ns/web/sa/web"), nil, ""},
		{"a pattern", settings, admits("ALLOW", "'*/ns/web/sa/web'"), nil, ""},
		{"anybody with an identity", settings, admits("ALLOW", "'*'"), nil, ""},
		{"another domain beside the mesh's", settings, admits("ALLOW", "td.other/ns/web/sa/web", "td.bank/ns/web/sa/web"), nil, ""},
		{"refusing another domain", settings, admits("DENY", "td.other/ns/web/sa/web"), nil, ""},
		{"a pattern of accounts", settings, admits("ALLOW", "td.other/ns/web/*"), nil, foreign},
		{"the domain of another mesh", settings, admits("ALLOW", "td.other/ns/web/sa/web"), []string{"td.other"}, ""},
		{"another mesh, whose domain is not known", settings, admits("ALLOW", "td.other/ns/web/sa/web"), []string{""}, ""},
		{"the mesh's own domain is not known", "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}", admits("ALLOW", "td.other/ns/web/sa/web"), nil, ""},
		{"a source that asks for no principal", settings, admits("ALLOW", "td.other/ns/web/sa/web") + "    - source: {namespaces: [web]}\n", nil, ""},
		{"another rule", settings, admits("ALLOW", "td.other/ns/web/sa/web") + "  - to: [{operation: {paths: [/open]}}]\n", nil, ""},
		{"a condition", settings, "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: cart, namespace: shop}\nspec:\n" +
			"  rules:\n  - when:\n    - key: source.principal\n      values:\n      - td.other/ns/web/sa/web\n", nil, foreign},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			docs := parsed(t, "c1", test.settings+"\n---\n"+test.policy)
			f := Build(Input{Mesh: &mesh.Mesh{Name: "m"}, Clusters: []*mesh.Cluster{{Name: "c1"}}, Docs: docs, TrustDomains: test.others})
			var got []string
			for _, fact := range f.Facts() {
				got = append(got, fmt.Sprintf("%s %s", short(fact.Origin), fact.Message))
			}
			if text := strings.Join(got, "\n"); text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

func TestTheDomainOfASecondControlPlaneIsNotForeign(t *testing.T) {
	operator := func(domain string) string {
		return "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: i, namespace: istio-system}, spec: {meshConfig: {trustDomain: " + domain + "}}}"
	}
	policy := "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: cart, namespace: shop}, spec: {rules: [{from: [{source: {principals: [td.two/ns/web/sa/web]}}]}]}}"
	docs := append(parsed(t, "c1", operator("td.one")+"\n---\n"+policy), parsed(t, "c2", operator("td.two"))...)
	f := Build(Input{Mesh: &mesh.Mesh{Name: "m"}, Clusters: []*mesh.Cluster{{Name: "c1"}, {Name: "c2"}}, Docs: docs})
	for _, fact := range f.Facts() {
		t.Errorf("%s %s", short(fact.Origin), fact.Message)
	}
}
