package istio

import (
	"fmt"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// refused reports what Istio's own validation refuses in the part of a DestinationRule that
// failover rests on. A refused object never reaches the cluster.
// Istio: validation.ValidateDestinationRule, agent.ValidateLocalityLbSetting.
func (o *observer) refused(d *DestinationRule) {
	eachPolicy(d, func(p level) {
		if p.outlier.GetConsecutiveErrors() != 0 { //nolint:staticcheck // its use is what is reported
			o.say(&mesh.Fact{
				Kind: mesh.FactUnknownField, Origin: p.at().Child("outlierDetection").Child("consecutiveErrors"), Resource: d.resource(), Service: o.serviceOf(d),
				Message: "outlierDetection.consecutiveErrors is not read any more: use consecutive5xxErrors",
			})
		}
		for _, problem := range slices.Concat(p.localityProblems(), p.outlierProblems()) {
			o.say(&mesh.Fact{
				Kind: mesh.FactInvalid, Origin: problem.at, Resource: d.resource(), Service: o.serviceOf(d),
				Message: fmt.Sprintf("Istio refuses DestinationRule %s: %s", d.Key(), problem.what),
			})
		}
	})
}

func (o *observer) serviceOf(d *DestinationRule) mesh.ServiceID {
	return o.public(o.world.fqdn(d.Spec.Host, d.Namespace))
}

// level is one place of a rule at which a policy can be written.
type level struct {
	lb      *networking.LoadBalancerSettings
	outlier *networking.OutlierDetection
	at      func() mesh.Origin
}

func eachPolicy(d *DestinationRule, visit func(level)) {
	policy := func(tp *networking.TrafficPolicy, at func() mesh.Origin) {
		if tp == nil {
			return
		}
		visit(level{tp.LoadBalancer, tp.OutlierDetection, at})
		for i, entry := range tp.PortLevelSettings {
			visit(level{entry.LoadBalancer, entry.OutlierDetection, func() mesh.Origin { return child(at(), "portLevelSettings", i) }})
		}
	}
	policy(d.Spec.TrafficPolicy, func() mesh.Origin { return d.At("/spec/trafficPolicy") })
	for i, s := range d.Spec.Subsets {
		policy(s.TrafficPolicy, func() mesh.Origin { return child(d.At("/spec/subsets"), i, "trafficPolicy") })
	}
}

// problem is one thing that validation refuses.
type problem struct {
	at   mesh.Origin
	what string
}

func (p level) localityProblems() []problem {
	l := p.lb.GetLocalityLbSetting()
	if l == nil || len(l.Distribute)+len(l.Failover) == 0 {
		return nil
	}
	at := p.at().Child("loadBalancer").Child("localityLbSetting")
	if len(l.Distribute) > 0 && len(l.Failover) > 0 {
		return []problem{{at.Child("failover"), "distribute and failover exclude each other"}}
	}
	if len(l.Failover) > 0 {
		for i, label := range l.FailoverPriority {
			if label == mesh.LabelRegion || label == mesh.LabelZone || label == mesh.LabelSubzone {
				return []problem{{child(at, "failoverPriority", i), "failover and " + label + " in failoverPriority exclude each other"}}
			}
		}
	}
	var out []problem
	var from []string
	for i, d := range l.Distribute {
		at := child(at, "distribute", i)
		if what := overlapping(from, d.From); what != "" {
			out = append(out, problem{at.Child("from"), what})
		}
		from = append(from, d.From)
		out = append(out, shareProblems(d.To, at.Child("to"))...)
	}
	for i, f := range l.Failover {
		what := ""
		switch {
		case f.From == f.To:
			what = "failover leads from a region to itself"
		case strings.Contains(f.From+f.To, "/"):
			what = "failover takes regions, not zones"
		case strings.Contains(f.From+f.To, "*"):
			what = "failover takes no wildcards"
		default:
			continue
		}
		out = append(out, problem{child(at, "failover", i, "to"), what})
	}
	return out
}

func shareProblems(to map[string]uint32, at mesh.Origin) []problem {
	var out []problem
	var total uint32
	var known []string
	for _, locality := range sortedKeys(to) {
		share := to[locality]
		total += share
		if share < 1 || share > 100 {
			out = append(out, problem{at.Child(escapePointer(locality)), "a share is between 1 and 100"})
		}
		if p := overlapping(known, locality); p != "" {
			out = append(out, problem{at.Child(escapePointer(locality)), p})
		}
		known = append(known, locality)
	}
	if len(out) == 0 && total != 100 {
		out = append(out, problem{at, fmt.Sprintf("the shares add up to %d, not to 100", total)})
	}
	return out
}

// overlapping says what is wrong with a locality beside others: its form, or that one of them
// already covers some of it; "" if nothing is.
func overlapping(known []string, locality string) string {
	parts := strings.SplitN(locality, "/", 3)
	if slices.Contains(parts, "") {
		return fmt.Sprintf("locality %q has an empty part", locality)
	}
	if n := strings.Count(locality, "*"); n > 1 || n == 1 && !strings.HasSuffix(locality, "*") {
		return fmt.Sprintf("locality %q has a wildcard that is not its end", locality)
	}
	for _, k := range known {
		others := strings.SplitN(k, "/", 3)
		same := true
		for i := range min(len(parts), len(others)) {
			same = same && (parts[i] == others[i] || parts[i] == "*" || others[i] == "*")
		}
		if same {
			return fmt.Sprintf("locality %q overlaps with %q", locality, k)
		}
	}
	return ""
}

func (p level) outlierProblems() []problem {
	var out []problem
	for _, percent := range []struct {
		name  string
		value int32
	}{{"maxEjectionPercent", p.outlier.GetMaxEjectionPercent()}, {"minHealthPercent", p.outlier.GetMinHealthPercent()}} {
		if percent.value < 0 || percent.value > 100 {
			out = append(out, problem{p.at().Child("outlierDetection").Child(percent.name), percent.name + " is between 0 and 100"})
		}
	}
	return out
}
