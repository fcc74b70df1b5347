package mesh

import (
	"slices"
	"strings"
	"testing"
)

func TestCopiesStandInForEachOther(t *testing.T) {
	tests := []struct {
		name      string
		workloads string // cluster/name[/app label]
		want      string // groups, separated by " | "
	}{
		{"one name in two clusters", "east/pay west/pay", "east/pay west/pay"},
		{"one of each cluster under names of its own", "east/pay-east/pay west/pay-west/pay", "east/pay-east west/pay-west"},
		{"labels call them different applications", "east/pay/pay west/desk/desk", ""},
		{"versions that run side by side", "east/pay-v1 east/pay-v2 west/pay-v1 west/pay-v2", "east/pay-v1 west/pay-v1 | east/pay-v2 west/pay-v2"},
		{"a version that one cluster has not got", "east/pay-v1 east/pay-v2 west/pay-v1", "east/pay-v1 west/pay-v1"},
		{"nothing pairs them", "east/a east/b west/c west/d", ""},
		{"one cluster", "east/a east/b", ""},
		{"a single copy", "east/a", ""},
		{"three clusters", "east/a eu/a west/a", "east/a eu/a west/a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &Service{}
			for text := range strings.FieldsSeq(test.workloads) {
				part := append(strings.Split(text, "/"), "")
				w := &Workload{ID: part[0] + "/shop/Deployment/" + part[1], Cluster: part[0], Namespace: "shop", Kind: "Deployment", Name: part[1]}
				if part[2] != "" {
					w.Labels = map[string]string{"app": part[2]}
				}
				s.Endpoints = append(s.Endpoints, &Endpoint{Workload: w})
			}
			slices.Reverse(s.Endpoints)
			var groups []string
			for _, g := range s.Copies() {
				var names []string
				for _, w := range g {
					names = append(names, w.Cluster+"/"+w.Name)
				}
				groups = append(groups, strings.Join(names, " "))
			}
			if got := strings.Join(groups, " | "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheContainerThatServesAPort(t *testing.T) {
	app, agent, plain := Container{Name: "app", Ports: []int{8080, 9090}}, Container{Name: "agent", Ports: []int{9090}}, Container{Name: "plain"}
	tests := []struct {
		name       string
		containers []Container
		port       int
		want       string
	}{
		{"the only one, whatever it declares", []Container{plain}, 8080, "plain"},
		{"the one that declares the port", []Container{plain, app}, 8080, "app"},
		{"two declare it", []Container{app, agent}, 9090, ""},
		{"none declares it", []Container{plain, agent}, 8080, ""},
		{"there is none", nil, 8080, ""},
	}
	for _, test := range tests {
		got := ""
		if c := (&PodSpec{Containers: test.containers}).Serving(test.port); c != nil {
			got = c.Name
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
