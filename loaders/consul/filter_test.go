package consul

import (
	"strings"
	"testing"
)

var sample = subjectOf(&proxied{
	kind: "connect-proxy", id: "a1-sidecar-proxy", name: "a-sidecar-proxy", port: 21000, tags: []string{"warm", "b c"},
	meta: map[string]string{"version": "v1", "a-b": "x", "n": "2", "empty": ""}, proxy: Proxy{Service: "a", ServiceID: "a1"},
}, "dc1")

func TestFilterLanguage(t *testing.T) {
	for text, want := range map[string]bool{
		"Service.Meta.version == v1":                                            true,
		"Service.Meta.version==v1":                                              true,
		"Service.Meta.version != v1":                                            false,
		"Service.Meta.missing == v1":                                            false,
		"Service.Meta.missing != v1":                                            true,
		"Service.Meta.missing matches `.*`":                                     false,
		"Service.Meta.missing not matches `.*`":                                 true,
		"Service.Meta.empty == \"\"":                                            true,
		"Service.Meta.n == 2":                                                   true,
		"Service.Meta[\"a-b\"] == x":                                            true,
		"Service.Meta contains version":                                         true,
		"Service.Meta not contains version":                                     false,
		"version in Service.Meta":                                               true,
		"Service.Meta is empty":                                                 false,
		"warm in Service.Tags":                                                  true,
		"\"b c\" in Service.Tags":                                               true,
		"`b c` not in Service.Tags":                                             false,
		"Service.Tags is not empty":                                             true,
		"Service.Tags contains cold":                                            false,
		"v in Service.Meta.version":                                             true,
		"Service.Meta.version matches \"^v[0-9]$\"":                             true,
		"Service.Meta.version not matches \"^v[0-9]$\"":                         false,
		"Service.Port == 21000":                                                 true,
		"Service.Connect.Native == false":                                       true,
		"Service.Proxy.DestinationServiceName == a":                             true,
		"Node.Datacenter == dc2":                                                false,
		"not Service.Port == 1":                                                 true,
		"not not Service.Port == 1":                                             false,
		"not in Service.Tags":                                                   false,
		"Service.Port == 1 or Service.Port == 21000 and warm in Service.Tags":   true,
		"(Service.Port == 1 or Service.Port == 21000) and cold in Service.Tags": false,
		" ( not ( Service.Port == 1 ) )\t":                                      true,
		"Service.Port == 1 and Service.Port == 1 or Service.Port == 21000":      true,
	} {
		f, err := ParseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if err := f.Check(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := f.matches(sample); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestWhatIsNoFilter(t *testing.T) {
	for _, text := range []string{
		"", " ", "a", "a = b", "a == ", "a == b c", "a == v-1", "a == 01", "a == 1.2.3", "not(a == b)", "(a == b", "a == b)", "a == b and",
		"(a == b)and(c == d)", "a is  full", "\"a\" in", "a inb c", "1 == a", "a == \"b", "a[b] == c", "a. == b", "a == \"x\\q\"", "a==b&&c==d",
		strings.Repeat("(", 100_000) + "a == b", strings.Repeat("(", 500) + "a == b" + strings.Repeat(")", 500),
	} {
		if _, err := ParseFilter(text); err == nil {
			t.Errorf("%.40q is taken as a filter", text)
		}
	}
}

// A filter that parses is accepted on write, and its target has no endpoints if it cannot run.
func TestFiltersThatCannotRun(t *testing.T) {
	for _, text := range []string{
		"Service.Mta.version == v1", "Service.Meta.version is empty", "Service.Meta.a.b == c", "Service == a", "Service.Tags == warm",
		"Service.Meta == a", "Service.Port == http", "Service.Port is empty", "Service.Meta.version matches `[`", "service.Meta.version == v1",
		"Service.Port == 21000 or Nope == 1",
	} {
		f, err := ParseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if f.Check() == nil {
			t.Errorf("%s can run", text)
		}
	}
}

func TestFiltersOnWhatIsNotRegistered(t *testing.T) {
	for text, want := range map[string]bool{
		"Service.Meta.a == b": false, "Node.Datacenter == dc1": false, "not Node.Meta.zone == a": true, "Service.Meta.a == b and Service.Port == 1": true,
		"Checks is empty": true,
	} {
		f, err := ParseFilter(text)
		if err != nil || f.UsesUnknown() != want {
			t.Errorf("%s: %v, %v", text, f.UsesUnknown(), err)
		}
	}
}
