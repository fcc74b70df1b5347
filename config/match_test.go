package config

import "testing"

func TestMatch(t *testing.T) {
	type service struct {
		namespace, name string
		clusters        []string
		labels          map[string]string
	}
	checkout := service{"payments", "checkout", []string{"east", "west"}, map[string]string{"tier": "1", "app": "checkout"}}
	external := service{"edge", "api.example.com", nil, nil}
	for _, tc := range []struct {
		name  string
		match Match
		of    service
		want  bool
	}{
		{"no match is every service", Match{}, checkout, true},
		{"namespace", Match{Namespace: "pay*"}, checkout, true},
		{"another namespace", Match{Namespace: "pay"}, checkout, false},
		{"service by name", Match{Service: "checkout"}, checkout, true},
		{"service by pattern", Match{Service: "check*"}, checkout, true},
		{"a name is matched whole", Match{Service: "check"}, checkout, false},
		{"name and namespace", Match{Service: "checkout.payments"}, checkout, true},
		{"any namespace", Match{Service: "checkout.*"}, checkout, true},
		{"any name in a namespace", Match{Service: "*.payments"}, checkout, true},
		{"name in another namespace", Match{Service: "checkout.shop"}, checkout, false},
		{"a host with dots", Match{Service: "*.example.com"}, external, true},
		{"a host with its namespace", Match{Service: "api.example.com.edge"}, external, true},
		{"another host", Match{Service: "*.example.org"}, external, false},
		{"one of its clusters", Match{Cluster: "w*"}, checkout, true},
		{"none of its clusters", Match{Cluster: "north"}, checkout, false},
		{"a cluster, of a service without", Match{Cluster: "*"}, external, false},
		{"all labels", Match{Labels: map[string]string{"tier": "[12]", "app": "check*"}}, checkout, true},
		{"a label with another value", Match{Labels: map[string]string{"tier": "2"}}, checkout, false},
		{"a label that is not there", Match{Labels: map[string]string{"team": "*"}}, checkout, false},
		{"all members must match", Match{Namespace: "payments", Service: "cart"}, checkout, false},
	} {
		if got := tc.match.Matches(tc.of.namespace, tc.of.name, tc.of.clusters, tc.of.labels); got != tc.want {
			t.Errorf("%s: got %v", tc.name, got)
		}
	}
}
