package istio

import (
	"fmt"
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

func telemetryObject(namespace, name, spec string) string {
	return fmt.Sprintf("{apiVersion: telemetry.istio.io/v1, kind: Telemetry, metadata: {name: %s, namespace: %s}, spec: %s}", name, namespace, spec)
}

// tellValue renders a switch: "off at mesh.yaml:3", "on at …", "unknown", or "-" for absent.
func tellValue(v mesh.Value[bool]) string {
	switch {
	case v.State == mesh.Unknown:
		return "unknown"
	case v.State == mesh.Absent:
		return "-"
	case v.V:
		return "off at " + v.Origin.Position().Short()
	}
	return "on at " + v.Origin.Position().Short()
}

const noMetrics = "{metrics: [{providers: [{name: prometheus}], overrides: [{disabled: true}]}]}"

func TestMetricsOfAWorkload(t *testing.T) {
	cart := map[string]string{"app": "cart"}
	tests := []struct {
		name    string
		objects []string
		server  string
		client  string
	}{
		{"nobody says anything", nil, "-", "-"},
		{"the mesh's object holds for all", []string{telemetryObject("istio-system", "mesh", noMetrics)}, "off at mesh.yaml:1", "off at mesh.yaml:1"},
		{"another namespace's does not", []string{telemetryObject("bank", "all", noMetrics)}, "-", "-"},
		{"the namespace brings it back", []string{
			telemetryObject("istio-system", "mesh", noMetrics), telemetryObject("shop", "all", "{metrics: [{overrides: [{match: {metric: ALL_METRICS}, disabled: false}]}]}"),
		}, "on at mesh.yaml:3", "on at mesh.yaml:3"},
		{"an override of tags brings it back too", []string{
			telemetryObject("istio-system", "mesh", noMetrics), telemetryObject("shop", "all", "{metrics: [{overrides: [{tagOverrides: {a: {value: b}}}]}]}"),
		}, "on at mesh.yaml:3", "on at mesh.yaml:3"},
		{"one side", []string{telemetryObject("shop", "all", "{metrics: [{overrides: [{match: {mode: CLIENT}, disabled: true}]}]}")}, "on at mesh.yaml:1", "off at mesh.yaml:1"},
		{"requests alone", []string{telemetryObject("shop", "all", "{metrics: [{overrides: [{match: {metric: REQUEST_COUNT}, disabled: true}]}]}")}, "off at mesh.yaml:1", "off at mesh.yaml:1"},
		{"sizes alone", []string{telemetryObject("shop", "all", "{metrics: [{overrides: [{match: {metric: REQUEST_SIZE}, disabled: true}]}]}")}, "on at mesh.yaml:1", "on at mesh.yaml:1"},
		{"a custom metric", []string{telemetryObject("shop", "all", "{metrics: [{overrides: [{match: {customMetric: mine}, disabled: true}]}]}")}, "on at mesh.yaml:1", "on at mesh.yaml:1"},
		{"the workload's own", []string{
			telemetryObject("shop", "cart", "{selector: {matchLabels: {app: cart}}, metrics: [{overrides: [{disabled: true}]}]}"),
		}, "off at mesh.yaml:1", "off at mesh.yaml:1"},
		{"another workload's", []string{
			telemetryObject("shop", "pay", "{selector: {matchLabels: {app: pay}}, metrics: [{overrides: [{disabled: true}]}]}"),
		}, "-", "-"},
		{"another provider takes over", []string{
			telemetryObject("istio-system", "mesh", noMetrics), telemetryObject("shop", "all", "{metrics: [{providers: [{name: other}]}]}"),
		}, "on at mesh.yaml:3", "on at mesh.yaml:3"},
		{"the oldest of two counts", []string{
			aged(telemetryObject("shop", "a", "{metrics: [{overrides: [{disabled: true}]}]}"), "2024-02-01T00:00:00Z"),
			aged(telemetryObject("shop", "b", "{metrics: [{}]}"), "2024-01-01T00:00:00Z"),
		}, "on at mesh.yaml:3", "on at mesh.yaml:3"},
		{"for a waypoint, not for workloads", []string{telemetryObject("shop", "w", "{targetRefs: [{kind: Gateway, name: w, group: gateway.networking.k8s.io}], metrics: [{overrides: [{disabled: true}]}]}")}, "-", "-"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var server, client mesh.Value[bool]
			if told := fleetFrom(t, test.objects...).Telemetry("east", "shop", cart); told != nil {
				server, client = told.Server.MetricsOff, told.Client.MetricsOff
			}
			if s, c := tellValue(server), tellValue(client); s != test.server || c != test.client {
				t.Errorf("server %s, client %s; want %s, %s", s, c, test.server, test.client)
			}
		})
	}
}

func TestAccessLogsOfAWorkload(t *testing.T) {
	const meshConfig = "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: i, namespace: istio-system}, spec: {meshConfig: {%s}}}"
	tests := []struct {
		name    string
		objects []string
		server  string
		client  string
	}{
		{"nobody says anything", nil, "-", "-"},
		{"the mesh writes a file", []string{fmt.Sprintf(meshConfig, "accessLogFile: /dev/stdout")}, "on at mesh.yaml:1", "on at mesh.yaml:1"},
		{"and a namespace does not", []string{
			fmt.Sprintf(meshConfig, "accessLogFile: /dev/stdout"), telemetryObject("shop", "all", "{accessLogging: [{disabled: true}]}"),
		}, "off at mesh.yaml:3", "off at mesh.yaml:3"},
		{"a provider", []string{telemetryObject("istio-system", "mesh", "{accessLogging: [{providers: [{name: envoy}]}]}")}, "on at mesh.yaml:1", "on at mesh.yaml:1"},
		{"switched off again", []string{
			telemetryObject("istio-system", "mesh", "{accessLogging: [{providers: [{name: envoy}]}]}"), telemetryObject("shop", "all", "{accessLogging: [{disabled: true}]}"),
		}, "off at mesh.yaml:3", "off at mesh.yaml:3"},
		{"for one side", []string{
			telemetryObject("istio-system", "mesh", "{accessLogging: [{providers: [{name: envoy}]}]}"), telemetryObject("shop", "all", "{accessLogging: [{match: {mode: SERVER}, disabled: true}]}"),
		}, "off at mesh.yaml:3", "on at mesh.yaml:3"},
		{"a provider that nobody names", []string{telemetryObject("shop", "all", "{accessLogging: [{}]}")}, "unknown", "unknown"},
		{"the mesh's provider", []string{fmt.Sprintf(meshConfig, "defaultProviders: {accessLogging: [otel]}"), telemetryObject("shop", "all", "{accessLogging: [{}]}")}, "on at mesh.yaml:3", "on at mesh.yaml:3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var server, client mesh.Value[bool]
			if told := fleetFrom(t, test.objects...).Telemetry("east", "shop", nil); told != nil {
				server, client = told.Server.LogsOff, told.Client.LogsOff
			}
			if s, c := tellValue(server), tellValue(client); s != test.server || c != test.client {
				t.Errorf("server %s, client %s; want %s, %s", s, c, test.server, test.client)
			}
		})
	}
}

func TestWorkloadsThatObeyTheSameObjectsShareTheAnswer(t *testing.T) {
	f := fleetFrom(t, telemetryObject("istio-system", "mesh", noMetrics),
		telemetryObject("shop", "cart", "{selector: {matchLabels: {app: cart}}, metrics: [{overrides: [{disabled: false}]}]}"))
	a, b := f.Telemetry("east", "shop", nil), f.Telemetry("east", "bank", map[string]string{"app": "cart"})
	if a != b || a == f.Telemetry("east", "shop", map[string]string{"app": "cart"}) {
		t.Error("the answers are not those of the objects")
	}
	if at, ok := a.MetricsOff(); !ok || at.Position().Short() != "mesh.yaml:1" {
		t.Errorf("off: %t at %s", ok, at)
	}
	if _, ok := f.Telemetry("east", "shop", map[string]string{"app": "cart"}).MetricsOff(); ok {
		t.Error("what is brought back counts as off")
	}
}

func proxyConfig(namespace, name, spec string) string {
	return fmt.Sprintf("{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {name: %s, namespace: %s}, spec: %s}", name, namespace, spec)
}

func TestSettingsOfAProxy(t *testing.T) {
	meshWide := "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: i, namespace: istio-system}\nspec:\n  meshConfig:\n    defaultConfig:\n      concurrency: 4\n      drainDuration: 10s\n"
	own := proxyConfig("shop", "cart", "{selector: {matchLabels: {app: cart}}, concurrency: 0}")
	annotation := "concurrency: 7\nterminationDrainDuration: 1m\n"
	tests := []struct {
		name       string
		objects    []string
		annotation string
		want       string
	}{
		{"nobody says anything", nil, "", "nothing"},
		{"the mesh", []string{meshWide}, "", "4 at mesh.yaml:7, drains 10s at mesh.yaml:8, stops -"},
		{"the root namespace over the mesh", []string{meshWide, proxyConfig("istio-system", "all", "{concurrency: 5}")}, "", "5 at mesh.yaml:11, drains 10s at mesh.yaml:8, stops -"},
		{"the namespace over the root", []string{proxyConfig("istio-system", "all", "{concurrency: 5}"), proxyConfig("shop", "all", "{concurrency: 6}")}, "", "6 at mesh.yaml:3, drains -, stops -"},
		{"the annotation over the namespace", []string{proxyConfig("shop", "all", "{concurrency: 6}")}, annotation, "7 at pod.yaml:7, drains -, stops 1m0s at pod.yaml:8"},
		{"the workload's own over the annotation", []string{own}, annotation, "0 at mesh.yaml:1, drains -, stops 1m0s at pod.yaml:8"},
		{"another namespace's", []string{proxyConfig("bank", "all", "{concurrency: 6}")}, "", "nothing"},
		{"what cannot be read", []string{meshWide}, "{concurrency: [", "unknown, drains unknown, stops unknown"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pod, _, _ := source.Parse("pod.yaml", []byte("apiVersion: v1\nkind: Pod\nmetadata:\n  name: cart\n  annotations:\n    proxy.istio.io/config: |\n      concurrency: 7\n      terminationDrainDuration: 1m\n"), source.Options{})
			at := mesh.At(pod[0], "/metadata/annotations/proxy.istio.io~1config")
			got := "nothing"
			if p := fleetFrom(t, test.objects...).Proxy("east", "shop", map[string]string{"app": "cart"}, test.annotation, at); p != nil {
				got = fmt.Sprintf("%s, drains %s, stops %s", setting(p.Concurrency), setting(p.Drain), setting(p.TerminationDrain))
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func setting[T any](v mesh.Value[T]) string {
	switch v.State {
	case mesh.Known:
		return fmt.Sprintf("%v at %s", v.V, v.Origin.Position().Short())
	case mesh.Unknown:
		return "unknown"
	}
	return "-"
}
