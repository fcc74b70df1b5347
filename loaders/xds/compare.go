package xds

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/passmuster/muster/mesh"
)

// Difference is one setting that decides failover and that a proxy holds in another way than it was read.
type Difference struct {
	Cluster string
	What    string // outlier detection, panic threshold, priorities, TLS, health checks, connect timeout, endpoints, …
	Scanned string // what the prediction rests on; "none" if it is not there
	Live    string
	// At and LiveAt are where either is written; zero = nowhere.
	At, LiveAt mesh.Position
}

// Comparison is what a proxy holds beside what was predicted from.
type Comparison struct {
	Differences []Difference // by cluster, then setting
	// Scanned and Live are digests of the settings that decide failover, of the clusters that were compared: equal settings have equal
	// digests, however they are written.
	Scanned, Live string
	// Missing are clusters that were read and that the proxy does not hold, and Extra the other way round. Proxies hold what they need,
	// so that a cluster more or less is told and is no difference by itself.
	Missing, Extra []string
}

// Compare holds what a proxy has (a config_dump, read by Parse) against what a prediction was made from, cluster by cluster.
func Compare(scanned, live *Content) Comparison {
	a, b := settingsOf(scanned), settingsOf(live)
	var out Comparison
	one, two := sha256.New(), sha256.New()
	for _, name := range sortedKeys(a) {
		was, now := a[name], b[name]
		if now == nil {
			out.Missing = append(out.Missing, name)
			continue
		}
		for _, what := range sortedKeys(mergeKeys(was, now)) {
			x, y := was[what], now[what]
			if x.text == "" && y.text == "" {
				continue
			}
			if x.text == "" {
				x = setting{"none", was[tls].at}
			}
			if y.text == "" {
				y = setting{"none", now[tls].at}
			}
			fmt.Fprintf(one, "%q %q %q\n", name, what, x.text)
			fmt.Fprintf(two, "%q %q %q\n", name, what, y.text)
			if x.text != y.text {
				out.Differences = append(out.Differences, Difference{Cluster: printable(name), What: what, Scanned: x.text, Live: y.text, At: x.at.Position(), LiveAt: y.at.Position()})
			}
		}
	}
	for _, name := range sortedKeys(b) {
		if a[name] == nil {
			out.Extra = append(out.Extra, name)
		}
	}
	out.Scanned, out.Live = "sha256:"+hex.EncodeToString(one.Sum(nil)), "sha256:"+hex.EncodeToString(two.Sum(nil))
	return out
}

// tls is the setting that every cluster has, if only by what it leaves out.
const tls = "TLS"

// setting is one in words that are the same for equal settings.
type setting struct {
	text string
	at   mesh.Origin
}

func mergeKeys(a, b map[string]setting) map[string]bool {
	all := map[string]bool{}
	for _, m := range []map[string]setting{a, b} {
		for k := range m {
			all[k] = true
		}
	}
	return all
}

// settingsOf are the settings that decide failover, by cluster.
func settingsOf(c *Content) map[string]map[string]setting {
	m := &Mesh{all: c, clusters: map[string]*Resource[*clusterv3.Cluster]{}, in: Input{Mesh: &mesh.Mesh{}}}
	m.eds = indexed(c.Assignments)
	m.clusters = indexed(c.Clusters)
	out := map[string]map[string]setting{}
	for name, r := range m.clusters {
		out[name] = m.settings(r)
	}
	return out
}

func indexed[T proto.Message](list []Resource[T]) map[string]*Resource[T] {
	out := map[string]*Resource[T]{}
	for i := range list {
		if r := &list[i]; out[r.Name] == nil {
			out[r.Name] = r
		}
	}
	return out
}

func (m *Mesh) settings(r *Resource[*clusterv3.Cluster]) map[string]setting {
	c := r.Message
	out := map[string]setting{}
	add := func(what, text, path string) { out[what] = setting{printable(text), r.Origin.Child(path)} }
	if od := c.GetOutlierDetection(); od != nil {
		o := common(od, mesh.Origin{})
		add("outlier detection", fmt.Sprintf("5xx %s, gateway %s, local %v, percentage %s of %s requests at %s hosts enforced %s, interval %s, ejection %s, at most %s %%",
			val(od.GetConsecutive_5Xx(), 5), val(od.GetConsecutiveGatewayFailure(), 5), od.GetSplitExternalLocalOriginErrors(), val(od.GetFailurePercentageThreshold(), 85),
			val(od.GetFailurePercentageRequestVolume(), 50), val(od.GetFailurePercentageMinimumHosts(), 5), val(od.GetEnforcingFailurePercentage(), 0),
			o.Interval.V, o.BaseEjection.V, val(od.GetMaxEjectionPercent(), 10)), "outlier_detection")
	}
	panicAt := "50"
	if t := c.GetCommonLbConfig().GetHealthyPanicThreshold(); t != nil {
		panicAt = fmt.Sprintf("%g", t.GetValue())
	}
	add("panic threshold", panicAt+" %", "common_lb_config")
	if list := aggregateOf(c); list != nil {
		add("clusters in order", strings.Join(list, ", "), "cluster_type")
	}
	up := upstream(c.GetTransportSocket(), r.Origin)
	spoken := up.spoken.Encryption()
	if san := SANs(up.context); len(san) > 0 {
		slices.Sort(san)
		spoken += " with " + strings.Join(san, ", ")
	}
	if n := len(c.GetTransportSocketMatches()); n > 0 {
		spoken += fmt.Sprintf(", and %d more for some endpoints", n)
	}
	add(tls, spoken, "transport_socket")
	if t := c.GetConnectTimeout(); t != nil {
		add("connect timeout", t.AsDuration().String(), "connect_timeout")
	}
	var checks []string
	for _, h := range c.GetHealthChecks() {
		checks = append(checks, fmt.Sprintf("each %s, for %s, %d times", h.GetInterval().AsDuration(), h.GetTimeout().AsDuration(), h.GetUnhealthyThreshold().GetValue()))
	}
	if checks != nil {
		add("health checks", strings.Join(checks, "; "), "health_checks")
	}
	if la, at := m.assigned(r); la != nil {
		var hosts, places []string
		for _, g := range la.GetEndpoints() {
			place := fmt.Sprintf("%d %s", g.GetPriority(), locality(g.GetLocality()))
			if w := g.GetLoadBalancingWeight().GetValue(); w > 0 {
				place += fmt.Sprintf(" of weight %d", w)
			}
			places = append(places, place)
			for _, e := range g.GetLbEndpoints() {
				hosts = append(hosts, fmt.Sprintf("%d %s", g.GetPriority(), socket(e.GetEndpoint().GetAddress())))
			}
		}
		slices.Sort(places)
		slices.Sort(hosts)
		out["priorities and localities"] = setting{printable(strings.Join(slices.Compact(places), "; ")), at}
		out["endpoints"] = setting{digestOf(hosts), at}
	}
	return out
}

// digestOf is a list in full where it is short, else how many there are and a digest of them.
func digestOf(list []string) string {
	text := strings.Join(list, "; ")
	if len(text) <= mostText {
		return printable(text)
	}
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("%d endpoints, sha256:%s", len(list), hex.EncodeToString(sum[:8]))
}

func val(v *wrapperspb.UInt32Value, otherwise uint32) string {
	if v == nil {
		return strconv.FormatUint(uint64(otherwise), 10)
	}
	return strconv.FormatUint(uint64(v.GetValue()), 10)
}
