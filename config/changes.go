package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// The kinds of changes.
const (
	KindObjective   = "objective"
	KindSuppression = "suppression"
	KindRule        = "rule"
	KindPolicy      = "policy"
	KindInputs      = "inputs"
	KindMesh        = "mesh"
	KindCluster     = "cluster"
	KindEnvironment = "environment"
	KindIgnore      = "ignore" // of git
	KindConfig      = "config" // the whole file
)

// What becomes of a thing.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Change is one thing that differs between two states of what muster judges by.
type Change struct {
	Kind   string
	Change string // added, removed or changed
	What   string // one sentence, with the old and the new value
	// Weakens: findings or gates may be lost by it. What can only be judged by people weakens.
	Weakens bool
	// Base and Head are where it stands; zero on the side that does not have it.
	Base, Head mesh.Position
}

// KnownRule is what a comparison has to know of a rule.
type KnownRule struct {
	ID     string
	Levels []Level // those that its findings have where no config says anything
	OptIn  bool    // it speaks only where a config gives it a level
	// Params are the values that its parameters have, defaults among them, where a config gives some; nil = nobody knows.
	Params func(given map[string]any) map[string]any
}

// Rules finds a rule by its id or slug. A nil Rules knows none: what only it could tell apart then counts as a change, and as
// one that weakens.
type Rules func(name string) (KnownRule, bool)

// Changes compares two configs by what they mean: order and spelling make no change where they decide nothing. Either may be
// nil, where there is no config. Changes come in the order of the sections of a config, and in them in that of the base.
func Changes(base, head *Config) []Change { return Rules(nil).Changes(base, head) }

// Changes compares two configs with what is known of the rules.
func (r Rules) Changes(base, head *Config) []Change {
	c := comparison{base: base, head: head, rules: r}
	switch {
	case base == nil && head == nil:
		return nil
	case head == nil:
		c.base, c.head = base, &Config{}
		c.removed()
		return c.list
	case base == nil:
		c.base = &Config{}
		c.added()
	}
	c.meshes()
	c.clusters()
	c.environments()
	c.objectives()
	c.settings()
	c.policies()
	c.inputs()
	c.suppressions()
	return c.list
}

// comparison is the state of one Changes. Neither config is nil; one that is not there is empty.
type comparison struct {
	base, head *Config
	rules      Rules
	list       []Change
}

// tell adds a change.
func (c *comparison) tell(kind, change string, weakens bool, base, head mesh.Position, what string, args ...any) {
	c.list = append(c.list, Change{Kind: kind, Change: change, Weakens: weakens, Base: base, Head: head, What: fmt.Sprintf(what, args...)})
}

// value tells that a value was added, removed or changed; empty stands for none.
func (c *comparison) value(kind, what, before, after string, weakens bool, base, head mesh.Position) {
	switch {
	case before == after:
	case before == "":
		c.tell(kind, Changed, weakens, base, head, "%s is %s now, and was not told.", what, after)
	case after == "":
		c.tell(kind, Changed, weakens, base, head, "%s is no longer told, and was %s.", what, before)
	default:
		c.tell(kind, Changed, weakens, base, head, "%s is %s now, and was %s.", what, after, before)
	}
}

// given counts a value.
func given(value string) int {
	if value == "" {
		return 0
	}
	return 1
}

// removed tells that there is no config any more. One that says nothing is no loss.
func (c *comparison) removed() {
	b := c.base
	said := ""
	for _, part := range []struct {
		n          int
		one, other string
	}{
		{len(b.Objectives), "objective", "objectives"}, {len(b.Rules), "rule setting", "rule settings"}, {len(b.Policies), "path of policies", "paths of policies"},
		{len(b.Suppress), "suppression", "suppressions"}, {len(b.Meshes), "mesh", "meshes"}, {len(b.Clusters), "cluster", "clusters"}, {len(b.Environments), "environment", "environments"},
		{given(b.Evidence), "folder of evidence", ""},
	} {
		if part.n == 0 {
			continue
		}
		if said != "" {
			said += ", "
		}
		word := part.other
		if part.n == 1 {
			word = part.one
		}
		said += strconv.Itoa(part.n) + " " + word
	}
	if said == "" {
		c.tell(KindConfig, Removed, false, b.Locate(""), mesh.Position{}, "The config is gone; it said nothing.")
		return
	}
	c.tell(KindConfig, Removed, true, b.Locate(""), mesh.Position{}, "The config is gone, and with it %s.", said)
}

// added tells of a config where there was none. It weakens where it says what is read: without one, everything is.
func (c *comparison) added() {
	reads := len(c.head.Environments) > 0 || slices.ContainsFunc(c.head.Clusters, func(k Cluster) bool { return len(k.Sources) > 0 })
	what := "There is a config now."
	if reads {
		what = "There is a config now, and only what it names is read."
	}
	c.tell(KindConfig, Added, reads, mesh.Position{}, c.head.Locate(""), "%s", what)
}

// At is the same config for another tree, in which dir stands for the folder of the config. Positions stay those of the
// config as it was read.
func (c *Config) At(dir string) *Config {
	if c == nil {
		return nil
	}
	clone := *c
	clone.Dir = dir
	return &clone
}

// place is the position of an element of a list in a config.
func place(c *Config, list string, i int, member string) mesh.Position {
	path := "/" + list + "/" + strconv.Itoa(i)
	if member != "" {
		path += "/" + member
	}
	return c.Locate(path)
}

// lacking are the members of one list that the other does not have, in order and each once.
func lacking[T cmp.Ordered](from, in []T) []T {
	have := make(map[T]bool, len(in))
	for _, v := range in {
		have[v] = true
	}
	var list []T
	for _, v := range from {
		if !have[v] {
			have[v] = true
			list = append(list, v)
		}
	}
	return list
}
