package rollouts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/rollouts"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// build reads manifests, "-- file --" before each file, as the objects of cluster east.
func build(t *testing.T, text string) *rollouts.Result {
	t.Helper()
	var docs []*source.Document
	if !strings.HasPrefix(text, "-- ") {
		text = "-- k.yaml --\n" + text
	}
	for _, part := range strings.Split(text, "-- ")[1:] {
		name, body, _ := strings.Cut(part, " --\n")
		list, _, diags := source.Parse(name, []byte(body), source.Options{})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		docs = append(docs, list...)
	}
	inv, _ := kubernetes.Build(&mesh.Cluster{Name: "east"}, docs)
	return rollouts.Build(rollouts.Input{Docs: docs, Inventory: inv})
}

// the is the only rollout of some manifests.
func the(t *testing.T, text string) *mesh.Rollout {
	t.Helper()
	res := build(t, text)
	if len(res.Rollouts) != 1 {
		t.Fatalf("%d rollouts, want one", len(res.Rollouts))
	}
	return res.Rollouts[0]
}

// tell is a trigger in one line: whether it acts, when or why not, and the last part of the path that decides.
func tell(x mesh.Trigger) string {
	at := x.Automatic.Origin.Path
	switch auto, known := x.Automatic.Get(); {
	case !known:
		return "unknown: " + x.Automatic.Cause + " at " + at
	case !auto:
		return "no: " + x.Why + " at " + at
	}
	if !x.Within.IsKnown() {
		return "yes, when is unknown: " + x.Within.Cause
	}
	return fmt.Sprintf("yes in %s..%s by %s", x.Within.V.Lower, x.Within.V.Upper, x.Within.Origin.Path)
}

const deployment = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: c, image: "x:1"}]}}
`

func canary(spec string) string {
	return deployment + "---\napiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: cart, namespace: shop}\nspec:\n  targetRef: {kind: Deployment, name: cart}\n  " + spec
}

func TestCanaryGoesBack(t *testing.T) {
	const success = "metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]"
	tests := []struct{ name, spec, analysis, deadline string }{
		{"threshold times interval, and one look more", "analysis: {interval: 30s, threshold: 5, " + success + "}",
			"yes in 2m30s..3m0s by /spec/analysis/threshold", "yes in 0s..10m30s by /spec/progressDeadlineSeconds"},
		{"the defaults are one check a minute", "analysis: {" + success + "}",
			"yes in 1m0s..2m0s by /spec/analysis/interval", "yes in 0s..11m0s by /spec/progressDeadlineSeconds"},
		{"it looks every ten seconds at most", "analysis: {interval: 1s, threshold: 2, " + success + "}\n  progressDeadlineSeconds: 60",
			"yes in 20s..30s by /spec/analysis/threshold", "yes in 0s..1m10s by /spec/progressDeadlineSeconds"},
		{"an interval that cannot be read", "analysis: {interval: soon, " + success + "}",
			`yes, when is unknown: "soon" is no duration`, `yes, when is unknown: "soon" is no duration`},
		{"skipped", "skipAnalysis: true\n  analysis: {" + success + "}",
			"no: skipAnalysis leaves its checks out at /spec/skipAnalysis", "unknown: skipAnalysis is set at /spec/skipAnalysis"},
		{"suspended", "suspend: true\n  analysis: {" + success + "}",
			"no: it is suspended at /spec/suspend", "no: it is suspended at /spec/suspend"},
		{"no analysis", "service: {port: 80}", "no: it has no analysis at /spec/analysis", "yes in 0s..11m0s by /spec/progressDeadlineSeconds"},
		{"no metric", "analysis: {interval: 1m}", "no: its analysis has no metric, and no webhook that tests the new version at /spec/analysis", ""},
		{"a load generator tests nothing", "analysis: {webhooks: [{name: load, metadata: {type: cmd, cmd: hey}}]}",
			"no: its analysis has no metric, and no webhook that tests the new version at /spec/analysis", ""},
		{"a test that runs beside", "analysis: {webhooks: [{name: smoke, type: rollout, metadata: {type: bash, cmd: curl}}]}", "yes in 1m0s..2m0s by /spec/analysis/interval", ""},
		{"no bound", "analysis: {metrics: [{name: request-success-rate}]}",
			"no: none of its metrics has a bound that a bad version could miss at /spec/analysis/metrics", ""},
		{"a bound of nothing", "analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 0}}]}",
			"no: none of its metrics has a bound that a bad version could miss at /spec/analysis/metrics", ""},
		{"a metric of a template without a bound", "analysis: {metrics: [{name: mine, templateRef: {name: mine}}]}",
			"unknown: what its metric allows is not written at /spec/analysis/metrics/0", ""},
		{"no traffic is shifted", "provider: kubernetes\n  analysis: {iterations: 5, " + success + "}",
			"no: with the provider kubernetes requests reach the new version once it is promoted, and its checks end with the promotion at /spec/provider", ""},
		{"it waits to increase traffic", "analysis: {" + success + ", webhooks: [{name: gate, type: confirm-traffic-increase, url: http://x}]}",
			"unknown: while it waits in confirm-traffic-increase, failed checks do not take it back at /spec/analysis/webhooks/0/type", ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			r := the(t, canary(c.spec))
			if got := tell(r.Analysis); got != c.analysis {
				t.Errorf("analysis: %s\nwant %s", got, c.analysis)
			}
			if got := tell(r.Deadline); c.deadline != "" && got != c.deadline {
				t.Errorf("deadline: %s\nwant %s", got, c.deadline)
			}
			if r.Workload == nil || r.Workload.ID != "east/shop/Deployment/cart" {
				t.Errorf("workload %+v", r.Workload)
			}
		})
	}
}

func TestValuesOfAWrongTypeLeaveACanaryUnknown(t *testing.T) {
	res := build(t, canary("analysis: {threshold: many, metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}"))
	if len(res.Diagnostics) != 1 || !strings.Contains(res.Diagnostics[0].Message, "threshold") {
		t.Errorf("diagnostics %v", res.Diagnostics)
	}
	if got := tell(res.Rollouts[0].Analysis); !strings.HasPrefix(got, "unknown: part of the Canary") {
		t.Error(got)
	}
}

func TestCanaryNamesWhatItShifts(t *testing.T) {
	for provider, kind := range map[string]string{"istio": "VirtualService", "linkerd": "TrafficSplit", "smi:v1alpha2": "TrafficSplit", "gatewayapi:v1": "HTTPRoute", "kubernetes": "", "": ""} {
		r := the(t, canary("provider: "+provider+"\n  service: {name: basket, gatewayRefs: [{group: core, kind: Service, name: basket}]}\n  analysis: {iterations: 3}"))
		if r.Stable.V != "basket-primary" || r.Preview.V != "basket-canary" || r.Pattern.V != mesh.BlueGreen {
			t.Errorf("%q: %s, %s, %s", provider, r.Stable.V, r.Preview.V, r.Pattern.V)
		}
		got := ""
		for _, w := range r.Writes {
			got += w.Kind
			if w.Name != "basket" || w.Namespace != "shop" {
				t.Errorf("%q writes %+v", provider, w)
			}
		}
		if got != kind {
			t.Errorf("%q writes %q, want %q", provider, got, kind)
		}
	}
}

func TestGatewayAPINeedsItsParents(t *testing.T) {
	const metrics = "\n  analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}"
	for service, facts := range map[string]int{"{port: 80}": 1, "{port: 80, gatewayRefs: [{name: cart}]}": 0} {
		res := build(t, canary("provider: gatewayapi:v1\n  service: "+service+metrics))
		auto := res.Rollouts[0].Analysis.Automatic
		if len(res.Facts) != facts || facts == 1 && res.Facts[0].Kind != mesh.FactInvalid || !auto.IsKnown() || auto.V != (facts == 0) {
			t.Errorf("%s: facts %+v, %+v", service, res.Facts, auto)
		}
	}
}

func argo(strategy, rest string) string {
	return "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: cart, namespace: shop}\nspec:\n  strategy:\n    " + strategy + `
  selector: {matchLabels: {app: cart}}
  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: c, image: "x:1"}]}}
` + rest
}

func analysisTemplate(metric string) string {
	return "---\napiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: errors, namespace: shop}\nspec:\n  args: [{name: every, value: 20s}, {name: limit}]\n  metrics: [{name: errors, provider: {prometheus: {query: q}}, " + metric + "}]\n"
}

func TestRolloutGoesBack(t *testing.T) {
	const ref, ok = "templates: [{templateName: errors}]", `successCondition: "result[0] < 0.01"`
	steps := func(list string) string { return "canary: {steps: [" + list + "]}" }
	const inline = "{setWeight: 10}, {pause: {duration: 2m}}, {analysis: {" + ref + "}}, {pause: {}}"
	tests := []struct{ name, strategy, rest, want string }{
		{"no analysis", steps("{setWeight: 10}, {pause: {duration: 60}}"), "", "no: it has no analysis at /spec/strategy/canary/steps"},
		{"the template is elsewhere", steps(inline), "", "unknown: AnalysisTemplate errors is not in the inputs at /spec/strategy/canary/steps/2/analysis"},
		{"pauses count", steps(inline), analysisTemplate("interval: 30s, failureLimit: 2, count: 10, " + ok), "yes in 1m0s..3m30s by /spec/metrics/0/failureLimit"},
		{"one look", steps(inline), analysisTemplate(ok), "yes in 0s..2m0s by /spec/metrics/0/interval"},
		{"pauses before the first weight do not", steps("{pause: {}}, " + inline), analysisTemplate("interval: 30s, " + ok), "yes in 0s..2m30s by /spec/metrics/0/interval"},
		{"a person comes first", steps("{setWeight: 5}, {pause: {}}, {analysis: {" + ref + "}}"), analysisTemplate(ok),
			"no: it waits for a person before its first analysis (pause without a duration) at /spec/strategy/canary/steps/1/pause"},
		{"in the background, from the second step on", "canary: {analysis: {startingStep: 2, " + ref + "}, steps: [{setWeight: 5}, {pause: {duration: 90s}}, {setWeight: 50}]}",
			analysisTemplate("initialDelay: 10s, interval: 20s, " + ok), "yes in 10s..2m0s by /spec/metrics/0/interval"},
		{"an argument of the template", steps(inline), analysisTemplate(`interval: "{{args.every}}", ` + ok), "yes in 0s..2m20s by /spec/metrics/0/interval"},
		{"an argument of nobody", steps(inline), analysisTemplate(`interval: 20s, failureLimit: "{{args.limit}}", ` + ok), `unknown: "{{args.limit}}" is no number at /spec/metrics/0`},
		{"an argument of the Rollout", steps("{setWeight: 10}, {analysis: {args: [{name: limit, value: \"3\"}], " + ref + "}}"), analysisTemplate(`interval: 20s, failureLimit: "{{args.limit}}", ` + ok),
			"yes in 1m0s..1m20s by /spec/metrics/0/failureLimit"},
		{"no condition", steps(inline), analysisTemplate("interval: 30s"), "no: its metrics have no successCondition and no failureCondition, and so succeed whatever they measure at /spec/metrics/0"},
		{"a condition that is always true", steps(inline), analysisTemplate(`successCondition: "true"`), "no: the condition of its metrics is always true at /spec/metrics/0/successCondition"},
		{"fewer measurements than failures", steps(inline), analysisTemplate("interval: 30s, count: 3, failureLimit: 3, " + ok), "no: its metrics are measured 3 times, and fail after more than 3 failures at /spec/metrics/0/failureLimit"},
		{"dry", steps("{setWeight: 10}, {analysis: {dryRun: [{metricName: err.*}], " + ref + "}}"), analysisTemplate(ok), "no: its metrics run dry, and count for nothing (dryRun) at /spec/strategy/canary/steps/1/analysis/dryRun"},
		{"dry, another metric", steps("{setWeight: 10}, {analysis: {dryRun: [{metricName: latency}], " + ref + "}}"), analysisTemplate("interval: 1m, " + ok), "yes in 0s..1m0s by /spec/metrics/0/interval"},
		{"a plugin's judgement", steps(inline), strings.Replace(analysisTemplate("interval: 1m"), "prometheus", "plugin", 1), "unknown: what its plugin takes for a failure is not known at /spec/metrics/0"},
		{"after the promotion", "blueGreen: {activeService: cart, postPromotionAnalysis: {" + ref + "}}", analysisTemplate("interval: 15s, failureLimit: 1, " + ok), "yes in 15s..30s by /spec/metrics/0/failureLimit"},
		{"before the promotion", "blueGreen: {activeService: cart, prePromotionAnalysis: {" + ref + "}}", analysisTemplate(ok),
			"no: its analysis ends with the promotion, before requests reach the new version at /spec/strategy/blueGreen/prePromotionAnalysis"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			r := the(t, argo(c.strategy, c.rest))
			if got := tell(r.Analysis); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			if got, want := tell(r.Deadline), "no: its deadline only marks it Degraded (progressDeadlineAbort is not true) at /spec/progressDeadlineAbort"; got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
			if r.Workload == nil || r.Workload.Kind != "Rollout" {
				t.Errorf("workload %+v", r.Workload)
			}
		})
	}
}

func TestRolloutPromotesByItself(t *testing.T) {
	const ref = "templates: [{templateName: errors}]"
	blind, sees := analysisTemplate("interval: 1m"), analysisTemplate(`interval: 1m, failureCondition: "result > 1"`)
	tests := []struct {
		name, text string
		want       mesh.State
		promotes   bool
		inert      int
	}{
		{"time alone", argo("canary: {steps: [{setWeight: 10}, {pause: {duration: 5m}}]}", ""), mesh.Known, true, 0},
		{"a person", argo("canary: {steps: [{setWeight: 10}, {pause: {}}]}", ""), mesh.Known, false, 0},
		{"a person beside an analysis that cannot fail", argo("canary: {steps: [{setWeight: 10}, {analysis: {"+ref+"}}, {pause: {}}]}", blind), mesh.Known, false, 1},
		{"an analysis that cannot fail", argo("canary: {steps: [{setWeight: 10}, {analysis: {"+ref+"}}]}", blind), mesh.Known, true, 0},
		{"an analysis", argo("canary: {steps: [{setWeight: 10}, {analysis: {"+ref+"}}]}", sees), mesh.Known, false, 0},
		{"an analysis elsewhere", argo("canary: {steps: [{setWeight: 10}, {analysis: {"+ref+"}}]}", ""), mesh.Unknown, false, 0},
		{"no steps: a Deployment by another name", argo("canary: {}", ""), mesh.Absent, false, 0},
		{"blue-green", argo("blueGreen: {activeService: cart}", ""), mesh.Known, true, 0},
		{"blue-green, by hand", argo("blueGreen: {activeService: cart, autoPromotionEnabled: false}", ""), mesh.Known, false, 0},
		{"blue-green, after a while", argo("blueGreen: {activeService: cart, autoPromotionEnabled: false, autoPromotionSeconds: 60}", ""), mesh.Known, true, 0},
		{"blue-green, analysed before", argo("blueGreen: {activeService: cart, prePromotionAnalysis: {"+ref+"}}", sees), mesh.Known, false, 0},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			r := the(t, c.text)
			if r.Promotes.State != c.want || r.Promotes.V != c.promotes || len(r.Inert) != c.inert {
				t.Errorf("promotes %+v, inert %+v", r.Promotes, r.Inert)
			}
		})
	}
}

func TestRolloutDeadlineAborts(t *testing.T) {
	r := the(t, argo("canary: {steps: [{setWeight: 10}]}", "  progressDeadlineAbort: true\n  progressDeadlineSeconds: 120\n  revisionHistoryLimit: 3\n  rollbackWindow: {revisions: 2}\n"))
	if got, want := tell(r.Deadline), "yes in 0s..2m0s by /spec/progressDeadlineSeconds"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if r.History.V != 3 || r.Window.V != 2 {
		t.Errorf("history %+v, window %+v", r.History, r.Window)
	}
}

func TestTrafficRouting(t *testing.T) {
	r := the(t, argo("canary: {trafficRouting: {istio: {virtualServices: [{name: a}, {name: b}]}, plugins: {argoproj-labs/gatewayAPI: {httpRoute: c, namespace: edge}}}}", ""))
	var got []string
	for _, w := range r.Writes {
		got = append(got, w.Kind+" "+w.Namespace+"/"+w.Name+" by "+w.Origin.Path)
	}
	const path = "/spec/strategy/canary/trafficRouting"
	want := "VirtualService shop/a by " + path + "/istio/virtualServices/0/name, VirtualService shop/b by " + path + "/istio/virtualServices/1/name, " +
		"HTTPRoute edge/c by " + path + "/plugins/argoproj-labs~1gatewayAPI/httpRoute"
	if strings.Join(got, ", ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, ", "), want)
	}
	for field, facts := range map[string]int{"gatewayAPI": 1, "Istio": 1, "smi": 0, "somethingNew": 0} {
		res := build(t, argo("canary: {trafficRouting: {"+field+": {httpRoute: cart}}}", ""))
		if len(res.Facts) != facts || facts == 1 && (res.Facts[0].Kind != mesh.FactUnknownField || res.Facts[0].Origin.Path != path+"/"+field) {
			t.Errorf("%s: facts %+v", field, res.Facts)
		}
	}
}

// The first weight of a new version is stepWeight, else the first of the list; other ways of releasing have none.
func TestFirstWeightOfACanary(t *testing.T) {
	const head = "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: cart, namespace: shop}\nspec:\n  targetRef: {kind: Deployment, name: cart}\n  analysis: "
	for _, c := range []struct {
		analysis string
		want     int // 0 = absent
		path     string
	}{
		{"{stepWeight: 10, maxWeight: 50}", 10, "/spec/analysis/stepWeight"},
		{"{stepWeights: [5, 20, 50]}", 5, "/spec/analysis/stepWeights"},
		{"{stepWeight: 15, stepWeights: [5, 20, 50]}", 15, "/spec/analysis/stepWeight"},
		{"{stepWeight: 900}", 100, "/spec/analysis/stepWeight"},
		{"{stepWeight: -4}", 0, ""},
		{"{maxWeight: 50}", 0, ""},
		{"{stepWeight: 10, iterations: 5}", 0, ""},
		{"{stepWeight: 10, iterations: 5, match: [{headers: {x: {exact: y}}}]}", 0, ""},
	} {
		step := the(t, head+c.analysis+"\n").Step
		if got, known := step.Get(); got != c.want || known != (c.want > 0) || known && step.Origin.Path != c.path {
			t.Errorf("%s: %+v, want %d at %s", c.analysis, step, c.want, c.path)
		}
	}
}
