package fix

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/edit"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// policyDiscarded repeats what a block takes away inside of that block: the author wrote both.
func policyDiscarded(c *Case) []Proposal {
	if !c.isRule() {
		return nil
	}
	switch c.Cause.Loss {
	case mesh.LossPortLevel:
		return repeatAtPort(c)
	case mesh.LossSubset:
		return repeatInSubset(c)
	case mesh.LossMerged:
		return mergeRules(c)
	}
	return nil
}

// repeatAtPort: an entry of portLevelSettings replaces the whole policy of its level, and that of a subset the host's
// as well.
func repeatAtPort(c *Case) []Proposal {
	level, entry, ok := strings.Cut(c.Path, "/portLevelSettings/")
	if !ok || strings.Contains(entry, "/") {
		return nil
	}
	return repeated(c.Doc, c.Path, c.Doc, levels(level), "repeat what the port entry replaces")
}

// levels are the policies that hold for a place in a rule, the nearest first.
func levels(policy string) []string {
	if policy == "/spec/trafficPolicy" {
		return []string{policy}
	}
	return []string{policy, "/spec/trafficPolicy"}
}

// repeatInSubset: a subset's block replaces the host's block.
func repeatInSubset(c *Case) []Proposal {
	switch base(c.Path) {
	case "loadBalancer":
		return repeated(c.Doc, parent(c.Path), c.Doc, []string{"/spec/trafficPolicy"}, "repeat the locality settings of the host")
	case "outlierDetection":
		var bound struct{ MaxEjectionPercent int }
		if json.Unmarshal(read(c.Doc, "/spec/trafficPolicy/outlierDetection"), &bound) != nil || bound.MaxEjectionPercent == 0 ||
			read(c.Doc, c.Path+"/maxEjectionPercent") != nil {
			return nil
		}
		return raiseBound(c, bound.MaxEjectionPercent)
	}
	return nil
}

// repeated writes the blocks that make failover work into a policy that lacks them, from the first of several policies
// that has them.
func repeated(in *source.Document, policy string, from *source.Document, sources []string, description string) []Proposal {
	if read(in, policy+"/outlierDetection") != nil && read(in, policy+listPath) != nil {
		return nil
	}
	p := Proposal{Safety: Safe, Description: description}
	after := []string{"loadBalancer", "connectionPool", "port"}
	add := func(path, key string, js json.RawMessage) bool {
		value, err := edit.ValueOf(js)
		if err == nil {
			p.Steps = append(p.Steps, Step{in, edit.Op{Kind: edit.Insert, Path: path, Key: key, Value: ordered(value), After: after}})
		}
		return err == nil
	}
	if js := firstOf(from, sources, listPath); js != nil && read(in, policy+listPath) == nil {
		switch {
		case read(in, policy+"/loadBalancer") == nil:
			if !add(policy, "loadBalancer", firstOf(from, sources, "/loadBalancer")) {
				return nil
			}
		case !add(policy+"/loadBalancer", "localityLbSetting", js):
			return nil
		}
	}
	if js := firstOf(from, sources, "/outlierDetection"); js != nil && read(in, policy+"/outlierDetection") == nil {
		if !add(policy, "outlierDetection", js) {
			return nil
		}
	}
	if len(p.Steps) == 0 {
		return nil
	}
	return []Proposal{p}
}

func firstOf(d *source.Document, policies []string, path string) json.RawMessage {
	for _, policy := range policies {
		if js := read(d, policy+path); js != nil {
			return js
		}
	}
	return nil
}

// usual is the order in which people write the members of these blocks; JSON that was YAML has them by name.
var usual = []string{"simple", "localityLbSetting", "enabled", "failoverPriority", "from", "to", "consecutive5xxErrors", "consecutiveGatewayErrors",
	"interval", "baseEjectionTime", "maxEjectionPercent", "minHealthPercent"}

func ordered(v any) any {
	switch v := v.(type) {
	case edit.Object:
		out := slices.Clone(v)
		slices.SortStableFunc(out, func(a, b edit.Member) int { return place(a.Key) - place(b.Key) })
		for i := range out {
			out[i].Value = ordered(out[i].Value)
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = ordered(out[i])
		}
		return out
	}
	return v
}

func place(key string) int {
	if i := slices.Index(usual, key); i >= 0 {
		return i
	}
	return len(usual)
}
