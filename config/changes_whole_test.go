package config

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestChangesOfTheWholeConfig(t *testing.T) {
	some := parsed(t, "objectives: [{survive: [zone]}]\nsuppress: [{rule: DR103}]\n")
	clusters := parsed(t, twoClusters)
	for _, tc := range []struct {
		name       string
		base, head *Config
		want       []string
	}{
		{"none", nil, nil, nil},
		{"one that is gone", some, nil, []string{"! config removed: The config is gone, and with it 1 objective, 1 suppression."}},
		{"one that says nothing is gone", parsed(t, ""), nil, []string{"config removed: The config is gone; it said nothing."}},
		{"a new one", nil, some, []string{"config added: There is a config now.",
			"objective added: There is an objective for every service now: it is to survive zone.", "! suppression added: DR103 is suppressed for every finding for ever."}},
		{"a new one that says what is read", nil, clusters, []string{"! config added: There is a config now, and only what it names is read.",
			"cluster added: Cluster east (region us-east-1) is declared now.", "cluster added: Cluster west (region us-west-2) is declared now."}},
	} {
		if got := told(Changes(tc.base, tc.head)); !slices.Equal(got, tc.want) && len(got)+len(tc.want) > 0 {
			t.Errorf("%s:\n got %q\nwant %q", tc.name, got, tc.want)
		}
	}
}

func TestAtIsAnotherFolder(t *testing.T) {
	c := parsed(t, twoClusters)
	at := c.At("elsewhere")
	if got := at.Resolve("east"); got != "elsewhere/east" {
		t.Errorf("Resolve gives %s", got)
	}
	if got := c.Resolve("east"); got != "east" {
		t.Errorf("the config itself resolves to %s", got)
	}
	if (*Config)(nil).At("x") != nil || len(Changes(c, at)) > 0 {
		t.Error("At makes a difference")
	}
}

// services of a small world, over which effects of objectives can be listed.
var world = func() (list [][2]string) {
	for _, ns := range []string{"a", "ab", "b"} {
		for _, name := range []string{"x", "xy", "y"} {
			list = append(list, [2]string{ns, name})
		}
	}
	return list
}()

// effects are what a config asks of each service, and how loud a rule is for findings of it.
func effects(c *Config) (objectives []*Objective, levels []Level) {
	for _, s := range world {
		labels := map[string]string{"tier": s[1]}
		i := slices.IndexFunc(c.Objectives, func(o Objective) bool { return o.Match.Matches(s[0], s[1], []string{"k"}, labels) })
		if i < 0 {
			objectives = append(objectives, nil)
		} else {
			objectives = append(objectives, &c.Objectives[i])
		}
		setting := c.Rules["DR103"]
		level := setting.Level
		for _, x := range setting.Scopes {
			m := Match{Namespace: x.Match.Namespace, Service: x.Match.Service, Labels: x.Match.Labels}
			if m.Matches(s[0], s[1], nil, labels) {
				level = x.Level
				break
			}
		}
		levels = append(levels, level)
	}
	return objectives, levels
}

func randomConfig(rng *rand.Rand) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	match := func() string {
		m := "namespace: " + pick("a", "ab", "b", "'a*'", "'*b'", "'*'")
		switch rng.IntN(4) {
		case 0:
			m += ", service: " + pick("x", "xy", "'x*'", "y.a", "'*.ab'")
		case 1:
			m += ", labels: {tier: " + pick("x", "'x*'", "y") + "}"
		}
		return "{" + m + "}"
	}
	var b strings.Builder
	b.WriteString("objectives:\n")
	for range 1 + rng.IntN(4) {
		fmt.Fprintf(&b, "- {match: %s, survive: [%s], rto: %s}\n", match(), pick("zone", "region", "zone, region"), pick("30s", "60s"))
	}
	fmt.Fprintf(&b, "rules:\n  DR103:\n    level: %s\n    scopes:\n", pick("off", "note", "error"))
	for range 1 + rng.IntN(3) {
		fmt.Fprintf(&b, "    - {match: %s, level: %s}\n", match(), pick("off", "note", "error"))
	}
	return b.String()
}

// Whatever is asked of some service less than before is told, and told to weaken; and what tells of no change has no effect.
func TestChangesMissNoEffect(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	weak, silent := 0, 0
	for range 4_000 {
		base := parsed(t, randomConfig(rng))
		text := randomConfig(rng)
		head := parsed(t, text)
		if rng.IntN(3) == 0 { // an edit rather than another config
			head = parsed(t, randomConfig(rng))
			head.Objectives = append(slices.Clone(base.Objectives), head.Objectives[0])
			n := rng.IntN(len(head.Objectives))
			head.Objectives[0], head.Objectives[n] = head.Objectives[n], head.Objectives[0]
			head.Rules = base.Rules
		}
		changes := Changes(base, head)
		of := func(kind string) bool {
			return slices.ContainsFunc(changes, func(c Change) bool { return c.Kind == kind && c.Weakens })
		}
		before, loud := effects(base)
		after, quiet := effects(head)
		same := true
		for i := range world {
			if before[i] != nil && (after[i] == nil || lesserObjective(before[i], after[i])) {
				weak++
				if !of(KindObjective) {
					t.Fatalf("less is asked of %v, and nothing tells so: %q\nbase %s\nhead %s", world[i], told(changes), render(base), render(head))
				}
			}
			if (*KnownRule)(nil).lower(loud[i], quiet[i]) {
				weak++
				if !of(KindRule) {
					t.Fatalf("the rule is quieter for %v, and nothing tells so: %q\nbase %s\nhead %s", world[i], told(changes), render(base), render(head))
				}
			}
			same = same && loud[i] == quiet[i] && (before[i] == nil) == (after[i] == nil) && (before[i] == nil || equalObjectives(before[i], after[i]))
		}
		if len(changes) == 0 {
			silent++
			if !same {
				t.Fatalf("no change, and another effect\nbase %s\nhead %s", render(base), render(head))
			}
		}
		if again := Changes(head, head); len(again) > 0 {
			t.Fatalf("a config differs from itself: %q\n%s", told(again), render(head))
		}
	}
	if weak < 1000 {
		t.Errorf("only %d of the pairs weaken anything", weak)
	}
	t.Logf("%d weaker, %d without a change", weak, silent)
}

func render(c *Config) string {
	var b strings.Builder
	for _, o := range c.Objectives {
		s := o.Match.selection()
		fmt.Fprintf(&b, "\n  objective %s: %v %v", services(s), o.Survive, o.RTO.V)
	}
	for _, x := range c.Rules["DR103"].Scopes {
		fmt.Fprintf(&b, "\n  scope %s: %s", findings(x.Match.selection()), x.Level)
	}
	return b.String() + "\n  level " + string(c.Rules["DR103"].Level)
}

// What is said to be contained is, and what is said to be apart is, for all texts over a small alphabet.
func TestPatternsContainAndExclude(t *testing.T) {
	var texts []string
	for _, n := range []int{0, 1, 2, 3} {
		for i := range 1 << n {
			s := ""
			for bit := range n {
				s += string("ab"[i>>bit&1])
			}
			texts = append(texts, s)
		}
	}
	patterns := []string{"*", "a", "ab", "a*", "*b", "a*b", "?", "a?", "?b", "[a]b", "*a*", "ab*", "b*", "*[ab]", `\a`, "a**"}
	for _, p := range patterns {
		for _, q := range patterns {
			for _, s := range texts {
				inP, _ := path.Match(p, s)
				inQ, _ := path.Match(q, s)
				if includes(p, q) && inQ && !inP {
					t.Errorf("%s includes %s, except %q", p, q, s)
				}
				if excludes(p, q) && inQ && inP {
					t.Errorf("%s and %s exclude each other, and both match %q", p, q, s)
				}
			}
		}
	}
}

func FuzzChanges(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add([]byte(header+randomConfig(rng)), []byte(header+randomConfig(rng)))
	}
	f.Add([]byte(header+twoClusters), []byte(header+"suppress: [{rule: DR103}, {rule: DR103, until: 2027-01-01}]\npolicies: [a]\ninputs: {ignore: [a]}\nrules: {DR100: {params: {x: [1, {y: 1.0}]}}}"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		base, wrong := Parse("muster.yaml", one)
		head, bad := Parse("muster.yaml", two)
		if len(wrong)+len(bad) > 0 {
			return
		}
		for _, r := range []Rules{nil, known} {
			for _, c := range [][2]*Config{{base, base}, {head, head}} {
				if got := r.Changes(c[0], c[1]); len(got) > 0 {
					t.Fatalf("a config differs from itself: %q", told(got))
				}
			}
			there, back := r.Changes(base, head), r.Changes(head, base)
			if (len(there) == 0) != (len(back) == 0) {
				t.Fatalf("a difference in one direction alone: %q and %q", told(there), told(back))
			}
			for _, c := range there {
				if c.What == "" || c.Kind == "" || c.Base.IsZero() && c.Head.IsZero() ||
					c.Change == Added && c.Head.IsZero() || c.Change == Removed && c.Base.IsZero() {
					t.Fatalf("%+v: not a whole change", c)
				}
			}
		}
	})
}
