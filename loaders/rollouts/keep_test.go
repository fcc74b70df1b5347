package rollouts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

func application(path, rest string) string {
	return "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  source: {path: " + path + "}\n" + rest
}

const (
	here      = "  destination: {server: https://kubernetes.default.svc}\n"
	heals     = "  syncPolicy: {automated: {selfHeal: true}}\n"
	weights   = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart, namespace: shop%s}\nspec:\n  hosts: [cart]\n  http: [{route: [{destination: {host: cart}}]}]\n"
	helmDrift = "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cart, namespace: shop}\nspec: {driftDetection: "
	succeeded = "\n  analysis: {metrics: [{name: request-success-rate, thresholdRange: {min: 99}}]}\n"
)

// contests are what the rollouts of some manifests fight over, each as "object: with".
func contests(t *testing.T, text string) []string {
	t.Helper()
	var list []string
	for _, r := range build(t, text).Rollouts {
		for _, c := range r.Contests {
			list = append(list, string(r.Controller)+" "+c.Kind+" "+c.Name+": "+c.With)
		}
	}
	slices.Sort(list)
	return list
}

func TestControllersContendForWeights(t *testing.T) {
	route := func(metadata string) string { return strings.Replace(weights, "%s", metadata, 1) }
	in := func(file, vs, rest string) string { return "-- " + file + " --\n" + vs + "-- z.yaml --\n" + rest }
	flagged := canary("provider: istio" + succeeded)
	const fight = "flagger VirtualService cart: Argo CD Application argocd/shop in east"
	tests := []struct{ name, text, want string }{
		{"an application that heals its folder", in("apps/shop/vs.yaml", route(""), flagged+application("apps/shop", here+heals)), fight},
		{"a checkout in a folder", in("west/apps/shop/vs.yaml", route(""), flagged+application("./apps/shop/", here+heals)), fight},
		{"another folder", in("apps/bank/vs.yaml", route(""), flagged+application("apps/shop", here+heals)), ""},
		{"a folder below, not read", in("apps/shop/x/vs.yaml", route(""), flagged+application("apps/shop", here+heals)), ""},
		{"one name says too little inside a path", in("west/shop/vs.yaml", route(""), flagged+application("shop", here+heals)), ""},
		{"it syncs and does not heal", in("apps/shop/vs.yaml", route(""), flagged+application("apps/shop", here+"  syncPolicy: {automated: {}}\n")), ""},
		{"healing that is not enabled", in("apps/shop/vs.yaml", route(""), flagged+application("apps/shop", here+"  syncPolicy: {automated: {enabled: false, selfHeal: true}}\n")), ""},
		{"another cluster", in("apps/shop/vs.yaml", route(""), flagged+application("apps/shop", "  destination: {server: https://west}\n"+heals)), ""},
		{"it leaves the weights alone", in("apps/shop/vs.yaml", route(""), flagged+application("apps/shop", here+heals+"  ignoreDifferences: [{group: networking.istio.io, kind: VirtualService, jsonPointers: [/spec/http]}]\n")), ""},
		{"all of them are left alone", in("apps/shop/vs.yaml", route(""), flagged+application("apps/shop", here+heals)+
			"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm, namespace: argocd}\ndata: {resource.customizations.ignoreDifferences.networking.istio.io_VirtualService: x}\n"), ""},
		{"Flagger made it", in("apps/shop/vs.yaml", route(", ownerReferences: [{kind: Canary, name: cart}]"), flagged+application("apps/shop", here+heals)), ""},
		{"marked as the application's", in("x.yaml", route(", annotations: {argocd.argoproj.io/tracking-id: 'shop:networking.istio.io/VirtualService:shop/cart'}"), flagged+application("apps/shop", here+heals)), fight},
		{"nobody knows the provider", in("apps/shop/vs.yaml", route(""), canary("service: {port: 80}"+succeeded)+application("apps/shop", here+heals)), ""},
		{"a Kustomization of Flux", in("apps/shop/x/vs.yaml", route(""), flagged+"---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: shop, namespace: flux}\nspec: {path: ./apps/shop}\n"),
			"flagger VirtualService cart: Flux Kustomization flux/shop in east"},
		{"one that is suspended", in("apps/shop/vs.yaml", route(""), flagged+"---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: shop, namespace: flux}\nspec: {path: ./apps/shop, suspend: true}\n"), ""},
		{"an object that Flux leaves alone", in("apps/shop/vs.yaml", route(", annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}"), flagged+"---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: shop, namespace: flux}\nspec: {path: ./apps/shop}\n"), ""},
		{"a Rollout", in("apps/shop/vs.yaml", route(""), argo("canary: {trafficRouting: {istio: {virtualService: {name: cart}}}, steps: [{pause: {}}]}", "")+application("apps/shop", here+heals)),
			"argo-rollouts VirtualService cart: Argo CD Application argocd/shop in east"},
		{"a chart whose drift is corrected", in("x.yaml", route(", annotations: {meta.helm.sh/release-name: cart, meta.helm.sh/release-namespace: shop}"), flagged+helmDrift+"{mode: enabled}}\n"),
			"flagger VirtualService cart: Flux HelmRelease shop/cart in east"},
		{"a chart whose drift is told", in("x.yaml", route(", annotations: {meta.helm.sh/release-name: cart, meta.helm.sh/release-namespace: shop}"), flagged+helmDrift+"{mode: warn}}\n"), ""},
		{"a chart whose drift is corrected here and there", in("x.yaml", route(", annotations: {meta.helm.sh/release-name: cart, meta.helm.sh/release-namespace: shop}"), flagged+helmDrift+"{mode: enabled, ignore: [{paths: [/spec/http]}]}}\n"), ""},
		{"linkerd-failover", canary("provider: gatewayapi:v1\n  service: {gatewayRefs: [{name: cart}]}"+succeeded) + split("failover.linkerd.io/controlled-by: linkerd-failover"), "flagger TrafficSplit cart: linkerd-failover"},
		{"a split of nobody", canary("provider: gatewayapi:v1\n  service: {gatewayRefs: [{name: cart}]}"+succeeded) + split("a: b"), ""},
		{"another mesh", canary("provider: istio"+succeeded) + split("failover.linkerd.io/controlled-by: linkerd-failover"), ""},
		{"two Canaries of one Deployment", flagged + strings.Replace(strings.TrimPrefix(flagged, deployment), "{name: cart, namespace: shop}", "{name: cart2, namespace: shop}", 1),
			"flagger Deployment cart: Flagger Canary shop/cart in east\nflagger VirtualService cart: Flagger Canary shop/cart in east"},
		{"an autoscaler that Flagger is not told of", flagged + scaler("Deployment"), "flagger Deployment cart: its HorizontalPodAutoscaler"},
		{"an autoscaler that it is told of", canary("provider: istio\n  autoscalerRef: {kind: HorizontalPodAutoscaler, name: cart}"+succeeded) + scaler("Deployment"), ""},
		{"an autoscaler of a borrowed Deployment", deployment + strings.Replace(argo("canary: {}", ""), "\n  selector", "\n  workloadRef: {kind: Deployment, name: cart}\n  selector", 1) + scaler("Deployment"), "argo-rollouts Deployment cart: its HorizontalPodAutoscaler"},
		{"an autoscaler of the Rollout", deployment + strings.Replace(argo("canary: {}", ""), "\n  selector", "\n  workloadRef: {kind: Deployment, name: cart}\n  selector", 1) + scaler("Rollout"), ""},
		{"replicas in Git, and an autoscaler", "-- apps/shop/d.yaml --\n" + strings.Replace(deployment, "spec:\n", "spec:\n  replicas: 2\n", 1) + scaler("Deployment") + application("apps/shop", here+heals), "argo-cd Deployment cart: its HorizontalPodAutoscaler"},
		{"no replicas in Git, and an autoscaler", "-- apps/shop/d.yaml --\n" + deployment + scaler("Deployment") + application("apps/shop", here+heals), ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(contests(t, c.text), "\n"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func split(label string) string {
	return "---\napiVersion: split.smi-spec.io/v1alpha2\nkind: TrafficSplit\nmetadata: {name: cart, namespace: shop, labels: {" + label + "}}\nspec: {service: cart}\n"
}

func scaler(kind string) string {
	return "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: cart, namespace: shop}\nspec: {minReplicas: 2, maxReplicas: 9, scaleTargetRef: {kind: " + kind + ", name: cart}}\n"
}

func TestApplicationRefusesToRollBack(t *testing.T) {
	for _, c := range []struct {
		policy           string
		refuses, reverts mesh.Value[bool]
	}{
		{"", mesh.Of(false, mesh.Origin{}), mesh.Of(false, mesh.Origin{})},
		{"  syncPolicy: {automated: {}}\n", mesh.Of(true, mesh.Origin{}), mesh.Of(false, mesh.Origin{})},
		{heals, mesh.Of(true, mesh.Origin{}), mesh.Of(true, mesh.Origin{})},
		{"  syncPolicy: {automated: {enabled: false}}\n", mesh.Value[bool]{State: mesh.Unknown}, mesh.Value[bool]{State: mesh.Unknown}},
		{"  syncPolicy: {automated: yes please}\n", mesh.Value[bool]{State: mesh.Unknown}, mesh.Value[bool]{State: mesh.Unknown}},
	} {
		r := build(t, "-- apps/shop/d.yaml --\n"+deployment+application("apps/shop", here+c.policy)).Rollouts[0]
		if r.Workload == nil || r.Refuses.State != c.refuses.State || r.Refuses.V != c.refuses.V || r.Reverts.State != c.reverts.State || r.Reverts.V != c.reverts.V {
			t.Errorf("%q: workload %v, refuses %+v, reverts %+v", c.policy, r.Workload, r.Refuses, r.Reverts)
		}
	}
}

func TestPlaceholdersOfAnApplicationSetTieItToNothing(t *testing.T) {
	set := "-- apps/shop/d.yaml --\n" + deployment + "---\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all, namespace: argocd}\nspec:\n  template:\n    spec:\n" +
		"      source: {path: \"{{path}}\"}\n      destination: {server: https://kubernetes.default.svc}\n      syncPolicy: {automated: {}}\n"
	if r := the(t, set); r.Workload != nil || !r.Refuses.V {
		t.Errorf("%+v", r)
	}
	if r := the(t, strings.Replace(set, `"{{path}}"`, "apps/shop", 1)); r.Workload == nil {
		t.Error("a path that is written is the folder's")
	}
}

func TestHelmReleaseGoesBack(t *testing.T) {
	const at = "/spec/upgrade/"
	for _, c := range []struct {
		name, spec, want string
		inert            int
	}{
		{"by default", "interval: 5m", "no: no remediation of failed upgrades is written, and the default is none at " + at + "remediation", 0},
		{"a strategy without retries", "upgrade: {remediation: {strategy: rollback}}", "no: its remediation has 0 retries and no remediateLastFailure, and then nothing is rolled back at " + at + "remediation/retries", 1},
		{"retries", "upgrade: {remediation: {retries: 2}}", "yes in 0s..15m0s by /spec/timeout", 0},
		{"the last failure alone", "timeout: 2m\n  upgrade: {remediation: {remediateLastFailure: true}}", "yes in 0s..2m0s by /spec/timeout", 0},
		{"retries without the last failure", "upgrade: {remediation: {retries: 2, remediateLastFailure: false}}", "no: the last failure is left as it is (remediateLastFailure false) at " + at + "remediation/remediateLastFailure", 1},
		{"without end", "upgrade: {remediation: {retries: -1}}", "yes, when is unknown: it tries -1 times: without end", 0},
		{"it does not wait", "upgrade: {disableWait: true, remediation: {retries: 2}}", "no: disableWait takes an upgrade for done before its pods are ready at " + at + "disableWait", 1},
		{"RetryOnFailure", "upgrade: {strategy: {name: RetryOnFailure}, remediation: {retries: 2}}", "no: RetryOnFailure tries a failed upgrade again, and never rolls it back at " + at + "strategy/name", 1},
		{"uninstall", "upgrade: {remediation: {retries: 1, strategy: uninstall}}", "no: its remediation uninstalls the release at " + at + "remediation/strategy", 1},
		{"suspended", "suspend: true\n  upgrade: {remediation: {retries: 1}}", "no: it is suspended at /spec/suspend", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := the(t, "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cart, namespace: shop}\nspec:\n  "+c.spec+"\n")
			if got := tell(r.Deadline); got != c.want || len(r.Inert) != c.inert {
				t.Errorf("%s, inert %v\nwant %s", got, r.Inert, c.want)
			}
		})
	}
}

func TestHelmReleaseIsTiedToWhatItRendered(t *testing.T) {
	const release = "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cart, namespace: shop}\nspec: {interval: 5m}\n"
	for labels, want := range map[string]bool{
		"{app.kubernetes.io/managed-by: Helm, app.kubernetes.io/instance: cart}":                           true,
		"{app.kubernetes.io/managed-by: Helm, app.kubernetes.io/instance: other}":                          false,
		"{app.kubernetes.io/instance: cart}":                                                               false,
		"{helm.toolkit.fluxcd.io/name: cart, helm.toolkit.fluxcd.io/namespace: shop}":                      true,
		"{kustomize.toolkit.fluxcd.io/name: cart, kustomize.toolkit.fluxcd.io/namespace: shop, app: cart}": false,
	} {
		r := the(t, strings.Replace(deployment, "{name: cart, namespace: shop}", "{name: cart, namespace: shop, labels: "+labels+"}", 1)+release)
		if (r.Workload != nil) != want {
			t.Errorf("%s: workload %v", labels, r.Workload)
		}
	}
}
