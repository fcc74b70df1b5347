package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

func TestUnknownFieldsOfOneObjectAreLimited(t *testing.T) {
	var spec strings.Builder
	spec.WriteString("{host: cart, " + strings.Repeat("k", 1000) + ": 1")
	for i := range 500 {
		fmt.Fprintf(&spec, ", k%d: 1", i)
	}
	d, unknown := decodedRule(t, spec.String()+"}")
	if d.Spec.Host != "cart" || len(unknown) != maxUnknown {
		t.Errorf("host %q, %d unknown fields; want cart and %d", d.Spec.Host, len(unknown), maxUnknown)
	}
	for _, u := range unknown {
		if len(u.name) == 1000 && u.meant != "" {
			t.Errorf("a name of 1000 letters resembles %s", u.meant)
		}
	}
}

// All pairs of rules for one host would be eighty thousand facts.
func TestManyRulesForOneHostAreHeldAgainstTheOldestOnly(t *testing.T) {
	var objects []string
	for i := range 400 {
		objects = append(objects, destinationRule("shop", fmt.Sprintf("r%03d", i), "{host: cart, trafficPolicy: {outlierDetection: {}}}"))
	}
	f := primaries(t, "1.31", strings.Join(objects, "\n---\n"))
	losers := map[string]bool{}
	n := 0
	for _, x := range f.Facts() {
		if x.Kind == mesh.FactTwoRules {
			n++
			losers[x.Resource.Name] = true
		}
	}
	if len(losers) != 399 || n > 400*mostOlder {
		t.Errorf("%d rules lose in %d facts; want 399, and at most %d", len(losers), n, 400*mostOlder)
	}
}

func TestServicesOfManyPortsKeepThemAll(t *testing.T) {
	var ports []string
	for i := range 300 {
		ports = append(ports, fmt.Sprintf("{number: %d, name: http-%d, protocol: HTTP}", i+1, i))
	}
	ports = append(ports, "{number: 7, name: again, protocol: HTTP}")
	for _, n := range []int{3, 301} {
		f := primaries(t, "1.31", "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: x, namespace: shop}\nspec: {hosts: [x.com], resolution: DNS, ports: ["+strings.Join(ports[:n], ", ")+"]}\n")
		for _, s := range f.Services() {
			if s.ID.Host() == "x.com" && len(s.Ports) != min(n, 300) {
				t.Errorf("%d ports, want %d", len(s.Ports), min(n, 300))
			}
		}
	}
}

func TestTheMeshsConfigurationHasTheLimitsOfADocument(t *testing.T) {
	for text, want := range map[string]string{
		"[" + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "]": "nested more than 200 levels deep",
		"a: [\\n": "line 1: there is no value YAML could read here",
	} {
		f := primaries(t, "1.31", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: \""+text+"\"}\n")
		if d := f.Diagnostics(); len(d) == 0 || !strings.Contains(d[0].Message, want) {
			t.Errorf("%.20s: %v, want %s", text, d, want)
		}
	}
}
