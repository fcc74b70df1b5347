package infrastructure

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// ns1Record reads ns1_record. Its filters work one after the other on the list of answers (NS1 Connect, "Filter chains"): up drops what is down,
// select_first_n cuts the list, others sort it, shuffle it, or drop what is for other callers.
func ns1Record(b *builder, r *Resource) {
	if kind := r.text("type"); kind.IsKnown() && !slices.Contains([]string{"A", "AAAA", "CNAME", "ALIAS"}, kind.V) || !nothing(r.Leaf("link")) {
		return
	}
	name, zone := r.text("domain"), bare(r.text("zone").Or(""))
	if r.text("type").V == "AAAA" {
		zone = strings.TrimSpace(zone + " AAAA")
	}
	out := &mesh.Record{Kind: "NS1 record", Host: bare(name.V), Zone: zone, TTL: r.seconds("ttl"), Fallback: mesh.FallbackNone}
	if out.Host == "" {
		out.HostCause = because(name.Cause, "it has no domain")
	}
	if out.TTL.State == mesh.Absent {
		out.TTL = mesh.UnknownOf[time.Duration]("it is that of its zone", r.here())
	}
	b.record(r, out, func() { b.ns1Answers(r, out) })
}

// chain is what filters do to answers.
type chain struct {
	policy   mesh.RecordPolicy
	up       bool        // up works on the list before anything is cut
	at       mesh.Origin // where up should stand, or stands too late
	priority bool        // answers are sorted by meta.priority
	weighted bool        // answers are shuffled by meta.weight
}

// How filters sort (NS1 Connect, "Filters"); those that are not here are not understood.
var (
	ns1Shuffles = []string{"shuffle", "sticky", "sticky_region", "weighted_shuffle", "weighted_sticky", "weighted_sticky_region"}
	ns1Nearest  = []string{"geotarget_country", "geotarget_regional", "geotarget_latlong", "pulsar_performance_sort", "pulsar_sort", "latency"}
)

// ns1Chain follows the filters of a record with so many answers.
func ns1Chain(r *Resource, answers int) (out chain, open string) {
	n, open := r.blocks("filters")
	out = chain{policy: mesh.AnyOf, at: r.here()}
	cut, odd := false, open != ""
	for i := range n {
		kind := r.text("filters", i, "filter")
		switch off := r.flag("filters", i, "disabled"); {
		case off.State == mesh.Unknown || !kind.IsKnown():
			odd = true
			continue
		case off.V:
			continue
		}
		switch {
		case kind.V == "up":
			out.up, out.at = out.up || !cut, r.at("filters", i)
		case cut: // one answer is left
		case kind.V == "select_first_n" || kind.V == "select_first_region":
			cut = true
			keep := preset(r, r.number("filters", i, "config", "N"), 1, "NS1")
			switch {
			case !keep.IsKnown() || kind.V == "select_first_region":
				odd = true
			case out.policy != mesh.AnyOf || keep.V >= answers:
			case keep.V > 1:
				odd = true
			default:
				out.policy = mesh.Ordered
			}
		case kind.V == "priority":
			out.priority = true
		case slices.Contains(ns1Shuffles, kind.V):
			out.policy, out.weighted = mesh.Shared, strings.HasPrefix(kind.V, "weighted")
		case slices.Contains(ns1Nearest, kind.V):
			out.policy = mesh.Nearest
		default:
			odd = true
		}
	}
	if out.priority && out.policy == mesh.AnyOf {
		out.policy = mesh.Ordered
	}
	if odd || out.priority && out.policy != mesh.Ordered {
		out.policy = mesh.OtherPolicy
	}
	return out, open
}

// ns1Answers reads the answers of a record in their order.
func (b *builder) ns1Answers(r *Resource, out *mesh.Record) {
	n, open := r.blocks("answers")
	c, more := ns1Chain(r, n)
	if why := because(open, more); why != "" {
		leaveOpen(out, why)
	}
	if out.Policy = c.policy; n == 1 && open == "" {
		out.Policy = mesh.SingleAnswer
	}
	priority := map[*mesh.Member]mesh.Value[int]{}
	for i := range n {
		m := &mesh.Member{Name: r.text("answers", i, "answer").Or("answer " + strconv.Itoa(i)), Origin: r.at("answers", i), RankOrigin: r.at("answers", i)}
		if c.policy == mesh.Ordered {
			m.Rank = i
		}
		b.pointTo(out, m, r.Leaf("answers", i, "answer"))
		if c.weighted {
			m.Weight = r.perMille("answers", i, "meta", "weight")
		}
		if c.priority {
			priority[m] = r.number("answers", i, "meta", "priority")
		}
		b.ns1Up(r, m, c, i)
		out.Members = append(out.Members, m)
	}
	if c.priority && c.policy == mesh.Ordered && !orderBy(out, priority) {
		out.Policy = mesh.OtherPolicy
	}
}

// ns1Up reads meta.up of an answer, of its region, or of the record, the nearest first: a literal says for ever what it says, a feed says what its
// monitoring job sees.
func (b *builder) ns1Up(r *Resource, m *mesh.Member, c chain, i int) {
	l := r.Leaf("answers", i, "meta", "up")
	if region, ok := r.text("answers", i, "region").Get(); ok && nothing(l) {
		n, _ := r.blocks("regions")
		for j := range n {
			if r.text("regions", j, "name").Or("") == region {
				l = r.Leaf("regions", j, "meta", "up")
			}
		}
	}
	if nothing(l) {
		l = r.Leaf("meta", "up")
	}
	at := r.origin(l, nil)
	switch {
	case c.policy == mesh.OtherPolicy && !c.up:
		m.Check = mesh.UnknownOf[*mesh.RecordCheck]("its filters are not understood", at)
		return
	case !c.up:
		m.Check = mesh.Value[*mesh.RecordCheck]{Origin: c.at}
		return
	case nothing(l):
		m.Check = mesh.Value[*mesh.RecordCheck]{Origin: at}
		return
	}
	if l.Unknown == nil {
		if up, ok := asFlag(l.Value); ok {
			m.Check = mesh.Value[*mesh.RecordCheck]{Origin: at}
			if !up {
				m.Enabled = mesh.Of(false, at)
			}
			return
		}
	}
	feed := b.whole(l, "ns1_datafeed")
	if feed == nil {
		m.Check = mesh.UnknownOf[*mesh.RecordCheck](because(textOf(l).Cause, "the feed is not in the inputs"), at)
		return
	}
	m.Check = b.ns1Job(feed, at)
}

// ns1Job is the monitoring job behind a feed (ns1_monitoringjob): it asks every frequency seconds from each of its regions, and once more after a
// second with rapid_recheck.
func (b *builder) ns1Job(feed *Resource, at mesh.Origin) mesh.Value[*mesh.RecordCheck] {
	l := feed.Leaf("config", "jobid")
	job := b.whole(l, "ns1_monitoringjob")
	if job == nil || job.Mode == "data" || because(feed.Unsure, job.Unsure) != "" {
		return mesh.UnknownOf[*mesh.RecordCheck](because(textOf(l).Cause, feed.Unsure, "what feeds "+feed.Address+" is not in the inputs"), at)
	}
	kind, often := job.text("job_type"), job.seconds("frequency")
	recheck := preset(job, job.flag("rapid_recheck"), false, "the NS1 provider")
	wait := mesh.Of(time.Duration(0), recheck.Origin)
	if recheck.V {
		wait.V = time.Second
	}
	switch {
	case kind.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](kind.Cause, kind.Origin)
	case recheck.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](recheck.Cause, recheck.Origin)
	case kind.V != "http" && kind.V != "tcp":
		return mesh.UnknownOf[*mesh.RecordCheck]("a job of type "+kind.V+" does not ask the service", kind.Origin)
	case often.State == mesh.Absent:
		return mesh.UnknownOf[*mesh.RecordCheck]("it says not how often it asks", job.here())
	}
	out := probe(feed.id(), "NS1", kind.V, often, wait, mesh.Of(1, job.here()), job.here())
	if !out.IsKnown() {
		return out
	}
	out.V.Disabled = opposite(preset(job, job.flag("active"), true, "the NS1 provider"))
	asked := "host"
	if kind.V == "http" {
		asked = "url"
	}
	if out.V.Watches = job.text("config", asked); asked == "url" {
		out.V.Watches.V = hostOfURL(out.V.Watches.V)
	}
	if to := b.whole(job.Leaf("config", asked)); to != nil {
		out.V.Asks = []string{to.id()}
	}
	return out
}

// hostOfURL is the name in a URL.
func hostOfURL(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if at := strings.IndexAny(url, "/?#"); at >= 0 {
		url = url[:at]
	}
	return url
}
