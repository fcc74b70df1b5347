package pattern

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// distributes is the entry of a distribute list that the callers of a use obey.
func distributes(u use) (mesh.Distribution, bool) {
	lt, ok := u.Pool.Tiering.(*mesh.LocalityTiers)
	if !ok {
		return mesh.Distribution{}, false
	}
	return lt.Distributes(u.Client.Locality)
}

// listed reports whether somebody wrote down which localities come first. Traffic distribution asks
// for what is near, and prefers none.
func listed(lt *mesh.LocalityTiers) bool {
	return lt.TrafficDistribution == "" && (len(lt.Failover) > 0 || len(lt.FailoverPriority) > 0 && !lt.IgnoresPriority)
}

// list is what the written order says to the callers of a use, with its line; false if it says
// nothing to them.
func list(u use, lt *mesh.LocalityTiers) (string, mesh.Origin, bool) {
	if !listed(lt) {
		return "", mesh.Origin{}, false
	}
	for _, f := range lt.Failover {
		if f.From == u.Client.Locality.Region {
			return "failover " + f.From + " -> " + f.To, f.Origin, true
		}
	}
	if len(lt.FailoverPriority) > 0 {
		return "failoverPriority " + strings.Join(lt.FailoverPriority, ", "), lt.Origin.Child("failoverPriority"), true
	}
	if !lt.On { // ignored as a whole
		f := lt.Failover[0]
		return "failover " + f.From + " -> " + f.To, f.Origin, true
	}
	return "", mesh.Origin{}, false
}

// decides is the line that arranges the endpoints for the callers of a use.
func decides(u use) mesh.Origin {
	lt, ok := u.Pool.Tiering.(*mesh.LocalityTiers)
	if !ok {
		return ofTargets(u)
	}
	if d, ok := lt.Distributes(u.Client.Locality); ok {
		return d.Origin
	}
	if _, at, ok := list(u, lt); ok {
		return at
	}
	if lt.TrafficDistribution != "" || lt.ZoneAware {
		return lt.Origin
	}
	if lt.On {
		for _, t := range u.Pool.Targets {
			if t.Detection.Outlier != nil {
				return t.Detection.Outlier.Origin
			}
		}
	}
	return written(u.Pool)
}

// ofTargets is the line that lists what a use chooses among: the second of targets in order, since the first is where one is, else the
// rule that names them.
func ofTargets(u use) mesh.Origin {
	_, ordered := u.Pool.Tiering.(mesh.OrderedTargets)
	switch {
	case ordered && len(u.Pool.Targets) > 1 && u.Pool.Targets[1].Origin.In != nil:
		return u.Pool.Targets[1].Origin
	case len(u.Pool.Targets)+len(u.Rule.To) > 2 && u.Rule.From != "" && u.Rule.Origin.In != nil:
		return u.Rule.Origin
	}
	return written(u.Pool)
}

// names are those of targets.
func names(list []mesh.Target) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Name)
	}
	return out
}

// written is the policy in effect, else the service itself.
func written(p *mesh.Pool) mesh.Origin {
	if p.RuleOrigin.In != nil {
		return p.RuleOrigin
	}
	return p.Service.Origin
}

// shares adds what each of several destinations of a rule gets.
func (i *Inferred) shares(u use) {
	for _, b := range u.Rule.To {
		if len(u.Rule.To) > 1 {
			i.show(gets(backend(b), b.Weight, u.Rule.WeightSum), b.WeightOrigin())
		}
	}
}

// gets says what share a name has, in the smallest figures of ten that the sum has down to 100.
func gets(name string, weight, sum uint32) string {
	for sum > 100 && sum%10 == 0 && weight%10 == 0 {
		weight, sum = weight/10, sum/10
	}
	return fmt.Sprintf("%s gets %d of %d requests", name, weight, sum)
}

// explain adds what arranges the endpoints for the callers of a use, and what is written and
// ignored.
func (i *Inferred) explain(u use) {
	switch t := u.Pool.Tiering.(type) {
	case mesh.OrderedTargets:
		i.shares(u)
		if len(u.Pool.Targets) > 1 {
			i.show("failover in order: "+strings.Join(names(u.Pool.Targets), ", then "), ofTargets(u))
		}
	case mesh.OperatorDriven:
		i.show(fmt.Sprintf("%s in %s moves requests between %s when the first has no ready address", t.Operator, t.RunsIn, and(names(u.Pool.Targets))), ofTargets(u))
	case mesh.WeightedAvailable:
		i.shares(u)
	}
	lt, ok := u.Pool.Tiering.(*mesh.LocalityTiers)
	if !ok {
		return
	}
	several := len(u.in) > 1
	if d, ok := lt.Distributes(u.Client.Locality); ok {
		i.show("distribute sends requests from "+d.From+" to "+and(u.in), d.Origin)
		return
	}
	text, at, ordered := list(u, lt)
	switch {
	case ordered && lt.On:
		i.show(text, at)
	case ordered:
		i.show(text+" is ignored: "+lt.Why, at)
	case several && !lt.On:
		i.show("nothing orders "+and(u.in)+": "+lt.Why, written(u.Pool))
		for _, l := range u.Pool.Losses {
			if l.Takes&(mesh.TakesTiering|mesh.TakesDetection) != 0 && l.Detail != "" {
				i.show(l.Detail, l.Origin)
			}
		}
	case lt.On && lt.Why != "":
		i.show(lt.Why, decides(u))
	}
}
