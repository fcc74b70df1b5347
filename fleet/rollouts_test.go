package fleet_test

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

const successRate = "metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]"

func flagger(target, spec string) string {
	return "---\napiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: cart, namespace: shop}\nspec:\n  targetRef: {kind: Deployment, name: " + target + "}\n  provider: istio\n  " + spec + "\n"
}

// A rollout controller that goes back by itself is the way back, and its time is in the recovery bound; one that does
// not leaves the cell as it is, and the trace says why.
func TestRolloutControllersTakeABadReleaseBack(t *testing.T) {
	v1, v2 := pods("cart-v1", "v1", 4, ""), pods("cart-v2", "v2", 2, "")
	canary := v1 + v2 + withSubsets("", "v1", "v2") + releaseRoutes(send(subset("v1", 90), subset("v2", 10)))
	only := pods("cart-v2", "v2", 2, "  revisionHistoryLimit: 0\n")
	rollout := func(spec string) string {
		return strings.Replace(controller("Rollout", "cart-v2", "v2", 2, spec, "x:1"), "apps/v1", "argoproj.io/v1alpha1", 1)
	}
	const template = "---\napiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: errors, namespace: shop}\nspec: {metrics: [{name: errors, interval: 20s, failureLimit: 2, failureCondition: \"result > 1\"}]}\n"
	const looks, blind = "{setWeight: 10}, {analysis: {templates: [{templateName: errors}]}}", "{setWeight: 10}, {pause: {}}"
	routed := func(steps string) string {
		return "  strategy: {canary: {trafficRouting: {istio: {virtualService: {name: cart}}}, steps: [" + steps + "]}}\n"
	}
	tests := []struct {
		name, manifests, release string
		want                     map[failover.Fault]string
		traced                   string
	}{
		// Three checks of 30 s and the look after them, then the push.
		{"Flagger shifts back to what Git has beside it", canary + flagger("cart-v2", "analysis: {interval: 30s, threshold: 3, "+successRate+"}"), "", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 4 of 3 in 1m30.1s..2m10s",
			failover.Hang:  "survives 0.00 [] 4 of 3 in 1m30.1s..2m10s",
			failover.Crash: "survives 0.00 [] 4 of 3 in 100ms..10m40s", // its deadline of 600 s, looked at each 30 s
		}, "Flagger Canary shop/cart in east goes back by itself"},
		// The primary that Flagger keeps is in no Git: history says nothing of it.
		{"Flagger shifts back to its primary", only + flagger("cart-v2", "analysis: {interval: 10s, "+successRate+"}"), "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 10.1s..30s",
		}, "way back: Flagger Canary shop/cart in east goes back to the version before"},
		{"Flagger leaves its checks out", only + flagger("cart-v2", "skipAnalysis: true\n  analysis: {"+successRate+"}"), "cart@v2", map[failover.Fault]string{
			failover.Error: "lost 1.00 [no-revision]",
		}, "Flagger Canary shop/cart in east does not go back by itself: skipAnalysis leaves its checks out (cart.yaml:"},
		{"Flagger measures latency alone", v2 + flagger("cart-v2", "analysis: {metrics: [{name: request-duration, thresholdRange: {max: 500}}]}"), "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 0s..10m0s",
			failover.Hang:  "survives 0.00 [] 2 of 1 in 1m0.1s..2m10s",
		}, "its checks look at latency alone"},
		{"Argo Rollouts aborts, and keeps what is stable", rollout(routed(looks)+"  revisionHistoryLimit: 0\n") + template, "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 40.1s..1m10s",
			failover.Crash: "survives 0.00 [] 2 of 1 in 40.1s..1m10s",
		}, "Argo Rollouts Rollout shop/cart-v2 in east goes back by itself"},
		{"Argo Rollouts without routes starts pods again", rollout("  progressDeadlineSeconds: 120\n  strategy: {canary: {steps: ["+looks+"]}}\n") + template, "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 40s..3m0s",
		}, ""},
		{"Argo Rollouts waits for a person", rollout(routed(blind)), "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 0s..10m0s",
		}, "Argo Rollouts Rollout shop/cart-v2 in east does not go back by itself: it has no analysis (cart.yaml:"},
		{"the template is elsewhere", rollout(routed(looks)), "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 2 of 1 in 0s..10m0s",
		}, "whether Argo Rollouts Rollout shop/cart-v2 in east goes back by itself is not known: AnalysisTemplate errors is not in the inputs (cart.yaml:"},
		{"Argo Rollouts aborts at its deadline", rollout(routed(blind) + "  progressDeadlineAbort: true\n  progressDeadlineSeconds: 60\n"), "cart@v2", map[failover.Fault]string{
			failover.Crash: "survives 0.00 [] 2 of 1 in 100ms..1m10s",
			failover.Error: "survives 0.00 [] 2 of 1 in 0s..1m0s", // by hand: pods stay ready
		}, ""},
		{"a controller of some of the pods", pods("cart-v2", "v2", 2, "") + pods("cart-v2b", "v2", 2, "") + flagger("cart-v2", "analysis: {"+successRate+"}"), "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 4 of 2 in 0s..10m0s",
		}, "nobody does so for all of the other bad pods"},
		{"another workload's controller", v2 + v1 + flagger("cart-v1", "analysis: {"+successRate+"}"), "cart@v2", map[failover.Fault]string{
			failover.Error: "survives 0.00 [] 6 of 3 in 0s..10m0s",
		}, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			traced := c.traced == ""
			seen := 0
			for _, cell := range released(t, c.manifests, c.release) {
				traced = traced || strings.Contains(strings.Join(cell.Trace, "\n"), c.traced)
				if want, ok := c.want[cell.Fault]; ok {
					seen++
					if got := tell(cell); got != want {
						t.Errorf("%s: %s\nwant %s\n%s", cell.Fault, got, want, strings.Join(cell.Trace, "\n"))
					}
				}
			}
			if seen != len(c.want) || !traced {
				t.Errorf("%d cells; traced %v: %s", seen, traced, c.traced)
			}
		})
	}
}

// The time of the controller stands before the push, at the line that decides it.
func TestAnalysisIsATermOfTheRecoveryBound(t *testing.T) {
	manifests := pods("cart-v1", "v1", 4, "") + pods("cart-v2", "v2", 2, "") + withSubsets("", "v1", "v2") + releaseRoutes(send(subset("v1", 90), subset("v2", 10))) +
		flagger("cart-v2", "analysis: {interval: 30s, threshold: 3, "+successRate+"}")
	for _, c := range released(t, manifests, "") {
		if c.Fault != failover.Error {
			continue
		}
		terms := c.Recovery.Terms
		if len(terms) != 2 || terms[0].Name != "analysis" || terms[1].Name != "config push" || terms[0].Origin.Path != "/spec/analysis/threshold" {
			t.Errorf("%+v", terms)
		}
	}
}
