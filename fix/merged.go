package fix

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/passmuster/muster/loaders/edit"
	"github.com/passmuster/muster/loaders/source"
)

const hostPolicy = "/spec/trafficPolicy"

// mergeRules: of two rules for a host the older one keeps its policy whole, and files carry no age. If the policies do
// not contradict each other, the one that is kept gets what it lacks, and the other rule has no policy any more: then it
// does not matter which one is older.
// Istio: model.mergeDestinationRule takes the first traffic policy that there is.
func mergeRules(c *Case) []Proposal {
	kept := c.keptRule()
	if kept == nil {
		return nil
	}
	for _, d := range []*source.Document{kept, c.Doc} {
		if len(texts(d, "/spec/exportTo")) > 0 || read(d, "/spec/workloadSelector") != nil {
			return nil // they may be for different callers
		}
	}
	p := Proposal{Safety: Safe, Description: "merge the policy into " + kept.Namespace + "/" + kept.Name + ", the other rule for the host"}
	lacks, ok := missing(kept, hostPolicy, read(c.Doc, hostPolicy))
	if !ok {
		return nil
	}
	if kept.File != c.Doc.File {
		p.Safety, p.Decide = Judgement, "who owns the rule, and are "+kept.File+" and "+c.Doc.File+" deployed together?"
	}
	p.Steps = slices.Concat(lacks, []Step{{c.Doc, edit.Op{Kind: edit.Remove, Path: hostPolicy}}})
	return []Proposal{p}
}

// keptRule is the rule whose policy is kept, if it and the finding's rule are written in files and for the same host.
func (c *Case) keptRule() *source.Document {
	for _, e := range c.Related {
		d, ok := e.Origin.In.(*source.Document)
		if ok && e.Origin.Path == hostPolicy && d != c.Doc && !d.IsRendered() && d.Kind == c.Doc.Kind && d.Namespace == c.Doc.Namespace &&
			qualified(text(d, "/spec/host"), d.Namespace) == qualified(text(c.Doc, "/spec/host"), d.Namespace) {
			return d
		}
	}
	return nil
}

// missing are the steps that give a mapping what another one has. It returns false if they contradict each other.
func missing(in *source.Document, path string, js json.RawMessage) ([]Step, bool) {
	value, err := edit.ValueOf(js)
	object, isObject := ordered(value).(edit.Object)
	if err != nil || !isObject {
		return nil, false
	}
	var steps []Step
	for _, m := range object {
		at := path + "/" + pointer.Replace(m.Key)
		has := read(in, at)
		theirs := member(js, m.Key)
		if has == nil {
			steps = append(steps, Step{in, edit.Op{Kind: edit.Insert, Path: path, Key: m.Key, Value: m.Value, After: order(m.Key)}})
			continue
		}
		if alike(has, theirs) {
			continue
		}
		if _, nested := m.Value.(edit.Object); !nested {
			return nil, false
		}
		more, ok := missing(in, at, theirs)
		if !ok {
			return nil, false
		}
		steps = append(steps, more...)
	}
	return steps, true
}

// blocks are the members of a policy in the order in which people write them.
var blocks = []string{"connectionPool", "loadBalancer", "outlierDetection"}

// order are the blocks that a new one goes behind, the nearest first.
func order(key string) []string {
	if i := slices.Index(blocks, key); i > 0 {
		before := slices.Clone(blocks[:i])
		slices.Reverse(before)
		return before
	}
	return nil
}

func member(js json.RawMessage, key string) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(js, &object) != nil {
		return nil
	}
	return object[key]
}

func alike(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
