package rollouts_test

import (
	"reflect"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/rollouts"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// FuzzBuild reads arbitrary controllers twice. Whatever they hold, Build must not panic, must answer alike, gives bounds
// that are bounds, and origins that can be located.
func FuzzBuild(f *testing.F) {
	f.Add([]byte(canary("provider: istio\n  suspend: false\n  analysis: {interval: 30s, threshold: 5, metrics: [{name: request-duration, thresholdRange: {max: 500}}], webhooks: [{type: confirm-promotion}]}")))
	f.Add([]byte(argo("canary: {trafficRouting: {gatewayAPI: {}, istio: {virtualService: {name: cart}}}, analysis: {startingStep: 1, templates: [{templateName: errors}]}, steps: [{setWeight: 5}, {pause: {duration: 1h}}, {experiment: {analyses: [{templateName: errors}]}}]}",
		analysisTemplate("interval: 30s, count: 3, failureLimit: 1, failureCondition: x"))))
	f.Add([]byte(argo("blueGreen: {activeService: a, prePromotionAnalysis: {templates: [{templateName: errors, clusterScope: true}]}}", "")))
	f.Add([]byte(application("k", here+heals+"  ignoreDifferences: [{kind: Deployment}]\n") + deployment + scaler("Deployment")))
	f.Add([]byte("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec: {timeout: 9999999h, upgrade: {remediation: {retries: 9223372036854775807}}}\n"))
	f.Add([]byte("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec: {path: ../../x, suspend: [1]}\n"))
	f.Add([]byte("apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: errors, namespace: shop}\nspec: {templates: [{templateName: errors}], dryRun: [{metricName: '('}]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, _, _ := source.Parse("apps/shop/k.yaml", data, source.Options{})
		if len(docs) > 50 {
			return
		}
		inv, _ := kubernetes.Build(&mesh.Cluster{Name: "c"}, docs)
		one := rollouts.Build(rollouts.Input{Docs: docs, Inventory: inv})
		if two := rollouts.Build(rollouts.Input{Docs: docs, Inventory: inv}); !reflect.DeepEqual(one, two) {
			t.Errorf("%+v, then %+v", one, two)
		}
		for _, r := range one.Rollouts {
			for _, x := range []mesh.Trigger{r.Analysis, r.Deadline} {
				if s := x.Within.V; s.Lower < 0 || s.Upper < s.Lower {
					t.Errorf("%s: %+v", r.Title(), s)
				}
				if auto, known := x.Automatic.Get(); known && !auto && x.Why == "" {
					t.Errorf("%s does not go back, and nothing says why", r.Title())
				}
				_ = x.Automatic.Origin.String() + x.Within.Origin.String()
			}
			for _, c := range r.Contests {
				if c.With == "" || c.What == "" || c.Origin.In == nil {
					t.Errorf("%+v", c)
				}
			}
		}
	})
}
