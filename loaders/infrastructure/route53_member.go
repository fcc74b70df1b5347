package infrastructure

import (
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// readMember reads what one record answers: a value each, or the target of an alias.
func (b *builder) readMember(g *nameGroup, m *nameMember) {
	name := m.known("set_identifier")
	if name == "" {
		if name = m.Leaf("set_identifier").Written(); m.Leaf("set_identifier").Absent {
			name = m.Address
		}
	}
	region := mesh.Value[string]{}
	for _, path := range [][]any{{"latency_routing_policy", "region"}, {"geoproximity_routing_policy", "aws_region"}} {
		if v := m.text(path...); v.State != mesh.Absent {
			region = v
		}
	}
	alias, open := m.count("alias")
	targets := []terraform.Leaf{m.Leaf("alias", "name")}
	if alias == 0 {
		more := ""
		if targets, more = m.elements("records"); more != "" && m.kind == "" && g.of.Open == "" {
			g.of.Open = more
		}
	}
	if len(targets) == 0 || alias == 0 && open != "" {
		targets = []terraform.Leaf{m.Leaf("alias")}
	}
	for i, l := range targets {
		v := &mesh.Member{Name: name, Origin: m.here(), RankOrigin: m.here(), Region: region}
		if i > 0 && m.kind == "weighted_routing_policy" {
			break // the answer holds all values at once, and has one weight
		}
		b.lead(m, g.of, v, l)
		if len(targets) > 1 && m.kind == "weighted_routing_policy" {
			b.oneOfMany(m, v, targets)
		}
		m.values = append(m.values, v)
	}
	if m.ttl = m.seconds("ttl"); m.ttl.State == mesh.Absent {
		switch {
		case alias > 0:
			m.ttl = b.aliasTTL(m)
		case open != "":
			m.ttl = mesh.UnknownOf[time.Duration](open, m.at("alias"))
		}
	}
	for _, v := range m.values {
		v.Check = b.checkOf(m, v)
		look, known := m.flag("alias", "evaluate_target_health").Get()
		v.Blind = alias > 0 && known && !look && v.Check.State == mesh.Absent
	}
}

// oneOfMany makes one member of an answer that holds several values.
func (b *builder) oneOfMany(m *nameMember, v *mesh.Member, targets []terraform.Leaf) {
	var texts []string
	for _, l := range targets {
		text, ok := m.textOf(l)
		if !ok {
			v.Target = mesh.UnknownOf[string]("its values are not known", m.at("records"))
			v.Leads, v.Next = nil, nil
			return
		}
		texts = append(texts, text)
	}
	v.Target, v.Leads, v.Next = mesh.Of(strings.Join(texts, ", "), m.at("records")), nil, nil
}

// aliasTTL is that of the target: Route 53 answers with it (Developer Guide, "Choosing between alias and non-alias records"). For load balancers it
// is 60 s (Elastic Load Balancing, "Routing traffic to a load balancer"); of other targets it is not documented.
func (b *builder) aliasTTL(m *nameMember) mesh.Value[time.Duration] {
	switch v := m.values[0]; {
	case v.Leads != nil && strings.HasSuffix(strings.ToLower(v.Leads.Kind), "load balancer"), v.Leads != nil && v.Leads.Kind == serviceKind,
		strings.Contains(v.Target.Or(""), ".elb."):
		return mesh.Of(60*time.Second, mesh.Default("AWS load balancers"))
	case v.Next != nil && v.Next.Kind == "Route 53 record":
		return mesh.UnknownOf[time.Duration](followsNext, m.at("alias", "name"))
	default:
		return mesh.UnknownOf[time.Duration]("AWS decides it for the target of an alias", m.at("alias", "name"))
	}
}

// followsNext stands for the TTL of the record that an alias leads to, until that one is known.
const followsNext = "it is that of the record that the alias leads to"
