package pattern

import (
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
		return written(u.Pool)
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

// written is the policy in effect, else the service itself.
func written(p *mesh.Pool) mesh.Origin {
	if p.RuleOrigin.In != nil {
		return p.RuleOrigin
	}
	return p.Service.Origin
}

// explain adds what arranges the endpoints for the callers of a use, and what is written and
// ignored.
func (i *Inferred) explain(u use) {
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
