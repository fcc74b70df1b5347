package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
)

// dependent is a Deployment, and what it is annotated with.
func dependent(file, namespace, name, annotations, ofPods string) string {
	return fmt.Sprintf(`-- %s --
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[3]s, namespace: %[2]s, annotations: {%[4]s}}
spec:
  selector: {matchLabels: {app: %[3]s}}
  template: {metadata: {labels: {app: %[3]s}, annotations: {%[5]s}}, spec: {containers: [{name: c, image: "x:1", ports: [{containerPort: 80}]}]}}
`, file, namespace, name, annotations, ofPods)
}

// podsService is a Service of the pods of its name.
func podsService(file, namespace, name, annotations string) string {
	return fmt.Sprintf("-- %s --\napiVersion: v1\nkind: Service\nmetadata: {name: %[3]s, namespace: %[2]s, annotations: {%[4]s}}\nspec: {selector: {app: %[3]s}, ports: [{name: http, port: 80}]}\n",
		file, namespace, name, annotations)
}

// declaredNeeds are the declared dependencies as "from -> to @file by caller".
func declaredNeeds(f *fleet.Fleet) []string {
	var out []string
	for _, d := range f.Graph.Dependencies {
		if d.What != "declared" || !d.Strong {
			continue
		}
		text := fmt.Sprintf("%s -> %s @%s", d.From, d.To, d.Origin.Position().File)
		if d.Caller != nil {
			text += " by " + d.Caller.ID
		}
		out = append(out, text)
	}
	return out
}

// A workload's needs are those of the services that it serves, in every kind of mesh; one that serves none has nobody to tell.
func TestNeedsThatWorkloadsDeclare(t *testing.T) {
	const need = "passmuster.dev/depends-on: "
	config := func(kind string) string {
		return "-- muster.yaml --\napiVersion: passmuster.dev/v1\nmeshes: [{name: m, kind: " + kind + `, clusters: [east, west]}]
clusters:
  - {name: east, region: us-east-1, zones: [a], sources: [{path: east}]}
  - {name: west, region: us-west-2, zones: [a], sources: [{path: west}]}
`
	}
	// inject is what puts pods into the mesh.
	for _, kind := range []struct{ name, config, inject, id string }{
		{"istio", config("istio"), "", "m/m/bank/%s.bank.svc.cluster.local"},
		{"linkerd", config("linkerd"), "linkerd.io/inject: enabled", "m/east/bank/%s.bank.svc.cluster.local"},
		{"consul", config("consul"), `consul.hashicorp.com/connect-inject: "true"`, "m/east/default/%s"},
	} {
		one := func(web, ofPods string) string {
			ofPods = strings.TrimSuffix(strings.Join([]string{kind.inject, ofPods}, ", "), ", ")
			out := kind.config + dependent("east/web.yaml", "bank", "web", web, strings.TrimPrefix(ofPods, ", "))
			for _, cluster := range []string{"east", "west"} {
				out += dependent(cluster+"/ledger.yaml", "bank", "ledger", "", kind.inject) + podsService(cluster+"/ledger-service.yaml", "bank", "ledger", "")
			}
			return out
		}
		service := podsService("east/service.yaml", "bank", "web", "")
		of := func(name string) mesh.ServiceID { return mesh.ServiceID(fmt.Sprintf(kind.id, name)) }
		edge := fmt.Sprintf("%s -> %s @", of("web"), of("ledger"))
		byWeb := []string{edge + "east/web.yaml by east/bank/Deployment/web"}
		for _, c := range []struct {
			name, manifests string
			want            []string
		}{
			{"short", one(need+"ledger", "") + service, byWeb},
			{"with its namespace, and a port", one(need+`"ledger.bank:80"`, "") + service, byWeb},
			{"in full", one(need+"ledger.bank.svc.cluster.local", "") + service, byWeb},
			{"at the pods of the template", one("", need+"ledger") + service, byWeb},
			{"at the Service", one("", "") + podsService("east/service.yaml", "bank", "web", need+"ledger"), []string{edge + "east/service.yaml"}},
			{"at both, told once", one(need+"ledger", "") + podsService("east/service.yaml", "bank", "web", need+"ledger.bank"), []string{edge + "east/service.yaml"}},
			{"in a namespace that is not there", one(need+"ledger.example", "") + service, nil},
			{"of itself", one(need+"web", "") + service, nil},
			{"of nobody that is known", one(need+"api.bank.example", "") + service, nil},
			{"nothing is declared", one("", "") + service, nil},
		} {
			t.Run(kind.name+"/"+c.name, func(t *testing.T) {
				if got := declaredNeeds(loaded(t, unpack(t, c.manifests))); !slices.Equal(got, c.want) {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		}
	}
}
