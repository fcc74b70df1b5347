package config

import (
	"slices"
	"strings"
	"testing"
)

func parsed(t testing.TB, text string) *Config {
	t.Helper()
	c, problems := Parse("muster.yaml", []byte(header+text))
	if len(problems) > 0 {
		t.Fatalf("%s\n%v", text, problems)
	}
	return c
}

// withDefault is a rule's parameter least, which is 2 where nobody says anything.
func withDefault(given map[string]any) map[string]any {
	if v, ok := given["least"]; ok {
		return map[string]any{"least": v}
	}
	return map[string]any{"least": int64(2)}
}

// known are a few rules with what they say by themselves.
func known(name string) (KnownRule, bool) {
	for _, r := range []struct {
		slug string
		rule KnownRule
	}{
		{"failover-inert", KnownRule{ID: "DR103", Levels: []Level{LevelError}}},
		{"cluster-local", KnownRule{ID: "DR131", Levels: []Level{LevelWarning, LevelNote}}},
		{"missing-labels", KnownRule{ID: "DR901", Levels: []Level{LevelNote}, OptIn: true, Params: withDefault}},
	} {
		if name == r.slug || name == r.rule.ID {
			return r.rule, true
		}
	}
	return KnownRule{}, false
}

// told renders changes, those that weaken with an exclamation mark.
func told(changes []Change) []string {
	out := []string{}
	for _, c := range changes {
		mark := ""
		if c.Weakens {
			mark = "! "
		}
		out = append(out, mark+c.Kind+" "+c.Change+": "+c.What)
	}
	return out
}

const twoClusters = `
clusters:
- {name: east, region: us-east-1, sources: [{path: east}, {path: mesh}]}
- {name: west, region: us-west-2, sources: [{path: west}, {path: mesh}]}
`

func TestChanges(t *testing.T) {
	for _, tc := range []struct {
		name, base, head string
		want             []string // from base to head
		back             []string // from head to base
	}{
		{name: "comments, order of keys and flow style",
			base: "objectives:\n- match: {namespace: pay}\n  survive: [zone, region]\n  rto: 60s\n  encryption: any\nrules: {DR103: off, DR104: {level: note}}\n",
			head: "# all new\nrules:\n  DR104: note\n  DR103: {level: off}\nobjectives:\n- {encryption: none, rto: 1m, survive: [region, zone], match: {namespace: pay}}\n"},
		{name: "objectives for others in another order",
			base: "objectives:\n- {match: {namespace: a}, survive: [zone]}\n- {match: {namespace: b}, survive: [region]}\n",
			head: "objectives:\n- {match: {namespace: b}, survive: [region]}\n- {match: {namespace: a}, survive: [zone]}\n"},
		{name: "no match, an empty one and any name", base: "objectives: [{survive: [zone]}]", head: "objectives: [{match: {namespace: '*'}, survive: [zone]}]"},
		{name: "the usual faults by name", base: "objectives: [{survive: [zone]}]", head: "objectives: [{survive: [zone], faults: [hang, partition, crash]}]"},
		{name: "the usual faults of releases", base: "objectives: [{survive: [release]}]", head: "objectives: [{survive: [release], faults: [crash, hang, partition]}]",
			want: []string{"! objective changed: The objective for every service no longer lists error of a release."},
			back: []string{"objective changed: The objective for every service lists error of a release now."}},
		{name: "what nobody reaches", base: "objectives: [{survive: [zone]}, {match: {namespace: pay}, survive: [region]}]", head: "objectives: [{survive: [zone]}]"},
		{name: "survive and faults",
			base: "objectives: [{match: {namespace: payments}, survive: [zone, region], faults: [crash, hang]}]",
			head: "objectives: [{match: {namespace: payments}, survive: [region], faults: [crash]}]",
			want: []string{"! objective changed: The objective for namespace payments no longer lists zone.", "! objective changed: The objective for namespace payments no longer lists hang."},
			back: []string{"objective changed: The objective for namespace payments lists zone now.", "objective changed: The objective for namespace payments lists hang now."}},
		{name: "one by name, which any one means", base: "objectives: [{survive: [zone, zone=a/b]}]", head: "objectives: [{survive: [zone]}]",
			want: []string{"objective changed: The objective for every service lists zone=a/b no longer by name."},
			back: []string{"objective changed: The objective for every service lists zone=a/b now."}},
		{name: "times", base: "objectives: [{survive: [zone], rto: 30s, rpo: 5s, latency: 1s}]", head: "objectives: [{survive: [zone], rto: 1m, failback: 1h, latency: 1s}]",
			want: []string{"! objective changed: The objective for every service has an rto 1m0s now, and had 30s.", "! objective changed: The objective for every service has no rpo any more, and had 5s.",
				"objective changed: The objective for every service has a failback 1h0m0s now."},
			back: []string{"objective changed: The objective for every service has an rto 30s now, and had 1m0s.", "objective changed: The objective for every service has an rpo 5s now.",
				"! objective changed: The objective for every service has no failback any more, and had 1h0m0s."}},
		{name: "drills", base: "objectives: [{match: {service: x}, survive: [zone], drill: {}}, {survive: [zone], drill: {maxAge: 90d}}]",
			head: "objectives: [{match: {service: x}, survive: [zone]}, {survive: [zone], drill: {}}]",
			want: []string{"! objective changed: The objective for service x no longer asks for drills.",
				"! objective changed: The objective for every service lets drills be 365 days old now, and let them be 90 days old."},
			back: []string{"objective changed: The objective for service x asks for drills that are no older than 365 days now.",
				"objective changed: The objective for every service lets drills be 90 days old now, and let them be 365 days old."}},
		{name: "the same evidence", base: "evidence: drills/", head: "evidence: ./drills"},
		{name: "evidence", base: "evidence: drills", head: "policies: []",
			want: []string{"! inputs removed: What drills have shown is no longer read from drills."}, back: []string{"inputs added: What drills have shown is read from drills now."}},
		{name: "other evidence", base: "evidence: a", head: "evidence: b",
			want: []string{"! inputs changed: What drills have shown is read from b now, and was read from a."}, back: []string{"! inputs changed: What drills have shown is read from a now, and was read from b."}},
		{name: "encryption", base: "objectives: [{survive: [zone], encryption: mtls}]", head: "objectives: [{survive: [zone]}]",
			want: []string{"! objective changed: The objective for every service no longer asks for encryption mtls."},
			back: []string{"objective changed: The objective for every service asks for encryption mtls now."}},
		{name: "no encryption is less than no word of it", base: "objectives: [{survive: [zone]}]", head: "objectives: [{survive: [zone], encryption: any}]",
			want: []string{"! objective changed: The objective for every service asks for encryption any now."},
			back: []string{"objective changed: The objective for every service no longer asks for encryption any."}},
		{name: "pattern", base: "objectives: [{survive: [zone], pattern: active-active}]", head: "objectives: [{survive: [zone], pattern: active-passive}]",
			want: []string{"! objective changed: The objective for every service asks for pattern active-passive now, and asked for active-active."},
			back: []string{"! objective changed: The objective for every service asks for pattern active-active now, and asked for active-passive."}},
		{name: "an objective", base: "", head: "objectives: [{match: {namespace: pay}, survive: [zone]}]",
			want: []string{"objective added: There is an objective for namespace pay now: it is to survive zone."},
			back: []string{"! objective removed: There is no objective for namespace pay any more: it was to survive zone."}},
		{name: "an objective that another one stands in for", base: "objectives: [{match: {namespace: pay}, survive: [zone]}, {survive: [zone, region]}]", head: "objectives: [{survive: [zone, region]}]",
			want: []string{"objective removed: There is no objective for namespace pay any more: it was to survive zone."},
			back: []string{"! objective added: There is an objective for namespace pay now: it is to survive zone; it takes the place of that for every service, which asked for more."}},
		{name: "a narrower match", base: "objectives: [{match: {namespace: 'pay*'}, survive: [zone]}]", head: "objectives: [{match: {namespace: payments}, survive: [zone]}]",
			want: []string{"! objective changed: The objective for namespace pay* is for namespace payments now."},
			back: []string{"objective changed: The objective for namespace payments is for namespace pay* now."}},
		{name: "an objective in front of a stricter one",
			base: "objectives: [{match: {namespace: pay}, survive: [zone, region]}]",
			head: "objectives: [{match: {service: '*.pay'}, survive: [zone]}, {match: {namespace: pay}, survive: [zone, region]}]",
			want: []string{"! objective added: There is an objective for service *.pay now: it is to survive zone; it takes the place of that for namespace pay, which asked for more."},
			back: []string{"! objective removed: There is no objective for service *.pay any more: it was to survive zone."}},
		{name: "an objective in front of all", base: "objectives: [{match: {namespace: pay}, survive: [zone, region]}]", head: "objectives: [{survive: [zone]}, {match: {namespace: pay}, survive: [zone, region]}]",
			want: []string{"! objective changed: The objective for namespace pay is never asked, because that for every service now stands before it.",
				"! objective added: There is an objective for every service now: it is to survive zone; it takes the place of that for namespace pay, which asked for more."},
			back: []string{"! objective removed: There is no objective for every service any more: it was to survive zone.",
				"objective added: There is an objective for namespace pay now: it is to survive zone, region."}},
		{name: "another order that decides",
			base: "objectives: [{match: {service: '*.pay'}, survive: [zone, region]}, {match: {labels: {tier: gold}}, survive: [zone]}]",
			head: "objectives: [{match: {labels: {tier: gold}}, survive: [zone]}, {match: {service: '*.pay'}, survive: [zone, region]}]",
			want: []string{"! objective changed: The objective for label tier=gold now comes before that for service *.pay, and decides for services that both match."},
			back: []string{"objective changed: The objective for service *.pay now comes before that for label tier=gold, and decides for services that both match."}},
		{name: "levels", base: "rules: {DR103: error, DR131: warning}", head: "rules: {DR103: off, DR131: error}",
			want: []string{"! rule changed: The level of rule DR103 is off now, and was error.", "rule changed: The level of rule DR131 is error now, and was warning."},
			back: []string{"rule changed: The level of rule DR103 is error now, and was off.", "! rule changed: The level of rule DR131 is warning now, and was error."}},
		{name: "a level against that of the rule itself", base: "", head: "rules: {DR103: warning, DR131: warning, DR901: note, ACME_001: note}",
			want: []string{"! rule changed: The level of rule ACME_001 is note now, and was as it comes.", "! rule changed: The level of rule DR103 is warning now, and was as it comes.",
				"rule changed: The level of rule DR131 is warning now, and was as it comes.", "rule changed: The level of rule DR901 is note now, and was as it comes."},
			back: []string{"! rule changed: The level of rule ACME_001 is as it comes now, and was note.", "rule changed: The level of rule DR103 is as it comes now, and was warning.",
				"! rule changed: The level of rule DR131 is as it comes now, and was warning.", "! rule changed: The level of rule DR901 is as it comes now, and was note."}},
		{name: "a rule that nobody asked for is off anyway", base: "rules: {DR901: off}", head: ""},
		{name: "off in one place", base: "", head: "rules: {DR103: {scopes: [{match: {namespace: pay}, level: off}]}}",
			want: []string{"! rule added: Rule DR103 has the level off for namespace pay now."},
			back: []string{"rule removed: Rule DR103 no longer has the level off for namespace pay."}},
		{name: "louder in one place", base: "", head: "rules: {DR131: {scopes: [{match: {namespace: pay}, level: error}]}}",
			want: []string{"rule added: Rule DR131 has the level error for namespace pay now."},
			back: []string{"! rule removed: Rule DR131 no longer has the level error for namespace pay."}},
		{name: "scopes of others in another order",
			base: "rules: {DR131: {scopes: [{match: {namespace: a}, level: error}, {match: {namespace: b}, level: off}]}}",
			head: "rules: {DR131: {scopes: [{match: {namespace: b}, level: off}, {match: {namespace: a}, level: error}]}}"},
		{name: "parameters", base: "rules: {DR901: {params: {least: 3}}}", head: "rules: {DR901: {params: {least: 4}}}",
			want: []string{"! rule changed: The parameter least of rule DR901 is 4 now, and was 3."}, back: []string{"! rule changed: The parameter least of rule DR901 is 3 now, and was 4."}},
		{name: "a parameter as it is by itself, and another notation of a number", base: "rules: {DR901: {params: {least: 2}}, DR103: {params: {x: 10}}}", head: "rules: {DR103: {params: {x: 10.0}}}"},
		{name: "a suppression", base: "", head: "suppress: [{rule: DR103, match: {namespace: pay}, reason: old, until: 2027-03-31}]",
			want: []string{"! suppression added: DR103 is suppressed for namespace pay until 2027-03-31."}, back: []string{"suppression removed: DR103 is no longer suppressed for namespace pay."}},
		{name: "a suppression by the slug of its rule", base: "suppress: [{rule: DR103}, {rule: DR131}]", head: "suppress: [{rule: cluster-local}, {rule: failover-inert}]"},
		{name: "a later day, and no reason", base: "suppress: [{rule: DR103, reason: old, until: 2027-03-31}]", head: "suppress: [{rule: DR103, until: 2028-03-31, owner: me}]",
			want: []string{"! suppression changed: The last day of the suppression of DR103 for every finding is 2028-03-31 now, and was 2027-03-31.",
				`! suppression changed: The reason of the suppression of DR103 for every finding is no longer told, and was "old".`,
				`suppression changed: The owner of the suppression of DR103 for every finding is "me" now, and was not told.`},
			back: []string{"suppression changed: The last day of the suppression of DR103 for every finding is 2027-03-31 now, and was 2028-03-31.",
				`suppression changed: The reason of the suppression of DR103 for every finding is "old" now, and was not told.`,
				`suppression changed: The owner of the suppression of DR103 for every finding is no longer told, and was "me".`}},
		{name: "no last day any more", base: "suppress: [{rule: DR103, until: 2027-03-31}]", head: "suppress: [{rule: DR103}]",
			want: []string{"! suppression changed: The last day of the suppression of DR103 for every finding is no longer told, and was 2027-03-31."},
			back: []string{"suppression changed: The last day of the suppression of DR103 for every finding is 2027-03-31 now, and was not told."}},
		{name: "a narrower suppression", base: "suppress: [{rule: DR103, until: 2027-03-31}]", head: "suppress: [{rule: DR103, match: {path: 'a/**'}, until: 2027-03-31}]",
			want: []string{"suppression removed: DR103 is no longer suppressed for every finding.", "suppression added: DR103 is suppressed for path a/** until 2027-03-31, which it was before."},
			back: []string{"suppression removed: DR103 is no longer suppressed for path a/**.", "! suppression added: DR103 is suppressed for every finding until 2027-03-31."}},
		{name: "policies", base: "policies: [a, b/]", head: "policies: [b, ./a]"},
		{name: "a path of policies", base: "policies: [a, b]", head: "policies: [b]",
			want: []string{"! policy removed: The policies of a are no longer asked."}, back: []string{"policy added: The policies of a are asked now."}},
		{name: "inputs", base: "inputs: {ignore: [a, b]}", head: "inputs: {ignore: [b, a/c, 'd/**'], unreadable: warn}",
			want: []string{"inputs removed: Files that match a are no longer ignored.", "inputs added: Files that match a/c are ignored now.", "! inputs added: Files that match d/** are ignored now.",
				"! inputs changed: Inputs that cannot be read are warnings now, and were errors."},
			back: []string{"inputs removed: Files that match a/c are no longer ignored.", "inputs removed: Files that match d/** are no longer ignored.", "! inputs added: Files that match a are ignored now.",
				"inputs changed: Inputs that cannot be read are errors now, and were warnings."}},
		{name: "the default of unreadable", base: "inputs: {unreadable: error}", head: "inputs: {ignore: []}"},
		{name: "meshes and clusters written out", base: "meshes: [{name: m, kind: istio}]" + twoClusters,
			head: "meshes: [{name: m, kind: istio, clusters: [west, east], rootNamespace: istio-system, clusterDomain: cluster.local}]\nclusters:\n- {sources: [{path: ./mesh/}, {path: west}], name: west, region: us-west-2}\n- {name: east, region: us-east-1, sources: [{path: east}, {path: mesh}]}\n"},
		{name: "what a mesh is", base: "meshes: [{name: m, kind: istio, version: '1.30', trustDomain: a}]" + twoClusters, head: "meshes: [{name: m, kind: istio, version: '1.31', clusters: [east]}]" + twoClusters,
			want: []string{"! mesh changed: The version of mesh m is 1.31 now, and was 1.30.", "! mesh changed: The trust domain of mesh m is no longer told, and was a.", "! mesh changed: Mesh m no longer has the clusters west."},
			back: []string{"! mesh changed: The version of mesh m is 1.30 now, and was 1.31.", "! mesh changed: The trust domain of mesh m is a now, and was not told.", "! mesh changed: Mesh m has the clusters west now."}},
		{name: "a cluster of its own", base: twoClusters, head: twoClusters + "- {name: eu, region: eu-west-1, sources: [{path: eu}, {path: mesh}]}\n",
			want: []string{"cluster added: Cluster eu (region eu-west-1) is declared now."}, back: []string{"! cluster removed: Cluster eu is gone, and nothing of it is read."}},
		{name: "a cluster that is another one again", base: twoClusters, head: twoClusters + "- {name: eu, region: eu-west-1, sources: [{path: east/shop}]}\n",
			want: []string{"! cluster added: Cluster eu (region eu-west-1) is declared now, and reads only what other clusters read."}, back: []string{"! cluster removed: Cluster eu is gone, and nothing of it is read."}},
		{name: "what a cluster is", base: "clusters: [{name: east, region: a, zones: [x, y], network: n, sources: [{path: one}, {helm: chart, values: [v]}]}]",
			head: "clusters: [{name: east, region: b, zones: [y], network: n, sources: [{path: two}, {helm: chart, values: [w]}]}]",
			want: []string{"! cluster changed: The region of cluster east is b now, and was a.", "! cluster changed: The list of zones of cluster east is y now, and was x, y.",
				"! cluster changed: Cluster east no longer reads one.", "! cluster changed: Cluster east reads the chart chart with other values, another namespace or another release.",
				"cluster changed: Cluster east reads two now."},
			back: []string{"! cluster changed: The region of cluster east is a now, and was b.", "! cluster changed: The list of zones of cluster east is x, y now, and was y.",
				"! cluster changed: Cluster east reads the chart chart with other values, another namespace or another release.", "! cluster changed: Cluster east no longer reads two.",
				"cluster changed: Cluster east reads one now."}},
		{name: "environments", base: "environments: {prod: {terraform: live, varFiles: [a, b]}}", head: "environments: {prod: {terraform: ./live, varFiles: [b, a], plan: p.json}, dev: {state: s}}",
			want: []string{"! environment changed: The list of variable files of environment prod is b, a now, and was a, b.", "! environment changed: The plan of environment prod is p.json now, and was not told.", "environment added: Environment dev is declared now."},
			back: []string{"! environment removed: Environment dev is gone.", "! environment changed: The list of variable files of environment prod is a, b now, and was b, a.", "! environment changed: The plan of environment prod is no longer told, and was p.json."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base, head := parsed(t, tc.base), parsed(t, tc.head)
			want := func(direction string, got, want []string) {
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%s:\n got %s\nwant %s", direction, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
				}
			}
			want("to head", told(Rules(known).Changes(base, head)), tc.want)
			want("back", told(Rules(known).Changes(head, base)), tc.back)
			want("of the base", told(Changes(base, base)), nil)
			want("of the head", told(Changes(head, head)), nil)
		})
	}
}
