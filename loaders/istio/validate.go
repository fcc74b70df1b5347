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
	service := o.public(o.world.fqdn(d.Spec.Host, d.Namespace))
	eachPolicy(d, func(lb *networking.LoadBalancerSettings, outlier *networking.OutlierDetection, at mesh.Origin) {
		if outlier.GetConsecutiveErrors() != 0 { //nolint:staticcheck // its use is what is reported
			o.say(&mesh.Fact{
				Kind: mesh.FactUnknownField, Origin: at.Child("outlierDetection").Child("consecutiveErrors"), Resource: d.resource(), Service: service,
				Message: "outlierDetection.consecutiveErrors is not read any more: use consecutive5xxErrors",
			})
		}
		for _, p := range slices.Concat(
			localityProblems(lb.GetLocalityLbSetting(), at.Child("loadBalancer").Child("localityLbSetting")),
			outlierProblems(outlier, at.Child("outlierDetection")),
		) {
			o.say(&mesh.Fact{
				Kind: mesh.FactInvalid, Origin: p.at, Resource: d.resource(), Service: service,
				Message: fmt.Sprintf("Istio refuses DestinationRule %s: %s", d.Key(), p.what),
			})
		}
	})
}

// eachPolicy visits every level of a rule at which a policy can be written.
func eachPolicy(d *DestinationRule, visit func(*networking.LoadBalancerSettings, *networking.OutlierDetection, mesh.Origin)) {
	level := func(tp *networking.TrafficPolicy, at mesh.Origin) {
		if tp == nil {
			return
		}
		visit(tp.LoadBalancer, tp.OutlierDetection, at)
		for i, entry := range tp.PortLevelSettings {
			visit(entry.LoadBalancer, entry.OutlierDetection, child(at, "portLevelSettings", i))
		}
	}
	level(d.Spec.TrafficPolicy, d.At("/spec/trafficPolicy"))
	for i, s := range d.Spec.Subsets {
		level(s.TrafficPolicy, child(d.At("/spec/subsets"), i, "trafficPolicy"))
	}
}

// problem is one thing that validation refuses.
type problem struct {
	at   mesh.Origin
	what string
}

func localityProblems(l *networking.LocalityLoadBalancerSetting, at mesh.Origin) []problem {
	if l == nil {
		return nil
	}
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
		if p := overlapping(from, d.From); p != "" {
			out = append(out, problem{at.Child("from"), p})
		}
		from = append(from, d.From)
		out = append(out, shareProblems(d.To, at.Child("to"))...)
	}
	for i, f := range l.Failover {
		at := child(at, "failover", i)
		switch {
		case f.From == f.To:
			out = append(out, problem{at.Child("to"), "failover leads from a region to itself"})
		case strings.Contains(f.From+f.To, "/"):
			out = append(out, problem{at.Child("to"), "failover takes regions, not zones"})
		case strings.Contains(f.From+f.To, "*"):
			out = append(out, problem{at.Child("to"), "failover takes no wildcards"})
		}
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

func outlierProblems(o *networking.OutlierDetection, at mesh.Origin) []problem {
	if o == nil {
		return nil
	}
	var out []problem
	for _, percent := range []struct {
		name  string
		value int32
	}{{"maxEjectionPercent", o.MaxEjectionPercent}, {"minHealthPercent", o.MinHealthPercent}} {
		if percent.value < 0 || percent.value > 100 {
			out = append(out, problem{at.Child(percent.name), percent.name + " is between 0 and 100"})
		}
	}
	return out
}
