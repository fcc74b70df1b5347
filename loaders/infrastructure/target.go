package infrastructure

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// serviceKind is the kind of a balancer that Kubernetes asks its cloud for.
const serviceKind = "Service of type LoadBalancer"

// targetKinds are resources of AWS that a name may lead to, beside load balancers and other records, as people call them.
var targetKinds = map[string]string{
	"aws_api_gateway_domain_name":             "API Gateway domain",
	"aws_apigatewayv2_domain_name":            "API Gateway domain",
	"aws_s3_bucket":                           "S3 website",
	"aws_s3_bucket_website_configuration":     "S3 website",
	"aws_vpc_endpoint":                        "VPC endpoint",
	"aws_elastic_beanstalk_environment":       "Elastic Beanstalk environment",
	"aws_cloudfront_distribution":             "CloudFront distribution",
	"aws_apprunner_custom_domain_association": "App Runner service",
}

// global are the types of resources whose region says nothing of where requests go.
var global = []string{"aws_cloudfront_distribution", "aws_globalaccelerator_accelerator", "aws_route53_record", "aws_route53_zone"}

// indexHosts keeps what names there are, so that one can lead to another.
func (b *builder) indexHosts() {
	b.hosts = map[string]*mesh.Record{}
	for _, g := range b.groups {
		if g.of.Host == "" {
			continue
		}
		kind := g.members[0].known("type")
		for _, key := range []string{hostKey(g.members[0].zone.key, g.of.Host, kind), hostKey(g.members[0].zone.key, g.of.Host, "")} {
			if b.hosts[key] == nil {
				b.hosts[key] = g.of
			}
		}
	}
}

func hostKey(zone, host, kind string) string { return zone + "\x00" + host + "\x00" + kind }

// lead finds what a value of a record leads to. One that is written as a name leads to the record of that name in the same zone: that is how
// Route 53 and resolvers find it, too.
func (b *builder) lead(m *nameMember, from *mesh.Record, v *mesh.Member, l terraform.Leaf) {
	b.leadTo(m.Resource, v, l)
	if m.alias() {
		if kind := m.known("type"); v.Next == nil && v.Leads == nil && kind != "" {
			z := b.zoneOf(m.Resource, m.Leaf("alias", "zone_id"))
			v.Next = b.hosts[hostKey(z.key, bare(v.Target.Or("")), kind)]
		}
	} else if v.Next == nil && v.Leads == nil && m.known("type") == "CNAME" {
		v.Next = b.hosts[hostKey(m.zone.key, bare(v.Target.Or("")), "")]
	}
	b.noCircle(v, from)
}

// noCircle drops what leads back to where it came from: nobody who follows members has to look out for that.
func (b *builder) noCircle(v *mesh.Member, from *mesh.Record) {
	if v.Next != nil && b.reaches(v.Next, from) {
		v.Next = nil
	}
	if v.Next != nil && !v.Region.IsKnown() {
		v.Region = mesh.UnknownOf[string]("the record that it leads to decides", v.Region.Origin)
	}
}

func (m *nameMember) alias() bool { n, _ := m.count("alias"); return n > 0 }

// reaches reports whether a record leads to another one, or to so many that nobody can follow.
func (b *builder) reaches(r, wanted *mesh.Record) bool {
	seen, steps := map[*mesh.Record]bool{}, 0
	waiting := []*mesh.Record{r}
	for len(waiting) > 0 {
		r := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if r == wanted {
			return true
		}
		if seen[r] {
			continue
		}
		seen[r] = true
		for _, m := range b.membersOf(r) {
			if steps++; steps > maxFollowed {
				return true
			}
			if m.Next != nil {
				waiting = append(waiting, m.Next)
			}
		}
	}
	return false
}

// membersOf are the members of a record as far as they are read.
func (b *builder) membersOf(r *mesh.Record) (out []*mesh.Member) {
	g := b.byRecord[r]
	if g == nil {
		return r.Members
	}
	for _, m := range g.members {
		if len(out) <= maxFollowed {
			out = append(out, m.values...)
		}
	}
	return out
}

// maxFollowed is how many members are looked at behind one.
const maxFollowed = 2000

// leadTo fills in what a value of a resource leads to.
func (b *builder) leadTo(r *Resource, v *mesh.Member, l terraform.Leaf) {
	at := originOf(l)
	text, known := r.textOf(l)
	switch {
	case known:
		v.Target = mesh.Of(text, at)
	case l.Sensitive:
		v.Target = mesh.UnknownOf[string]("it is sensitive", at)
	case l.Unknown != nil:
		v.Target = mesh.UnknownOf[string](l.Unknown.Reason, at)
	default:
		v.Target = mesh.UnknownOf[string]("nothing is written", at)
	}
	to := b.link(l)
	if to == nil {
		if region := nameRegion(text); region != "" {
			v.Region = mesh.Of(region, at)
		} else if v.Region.State == mesh.Absent {
			v.Region = mesh.UnknownOf[string]("what it leads to is not in the inputs", at)
		}
		return
	}
	if v.Next = b.records[to]; v.Next == nil {
		v.Leads = b.balancer(to)
	}
	switch region := to.region(); {
	case v.Leads != nil && (v.Leads.Region.IsKnown() || v.Region.State == mesh.Absent):
		v.Region = v.Leads.Region
	case v.Leads == nil && v.Next == nil && strings.HasPrefix(to.Type, "aws_") && !slices.Contains(global, to.Type):
		v.Region = region
	case v.Region.State == mesh.Absent:
		v.Region = mesh.UnknownOf[string]("what it leads to tells no region", at)
	}
}

// balancer is the one that a resource is, or stands for; nil if it is none.
func (b *builder) balancer(r *Resource) *mesh.Balancer {
	if known := b.balancers[r]; known != nil {
		return known
	}
	kind, known := targetKinds[r.Type]
	switch {
	case known:
	case serves[r.Type]:
		return b.serviceBalancer(r)
	default:
		return nil
	}
	out := &mesh.Balancer{ID: r.id(), Kind: kind, Name: r.known("name"), Region: r.region(), Origin: r.here()}
	if slices.Contains(global, r.Type) {
		out.Region = mesh.UnknownOf[string]("a "+kind+" is in no region", r.here())
	}
	b.keep(r, out)
	return out
}

func (b *builder) keep(r *Resource, out *mesh.Balancer) {
	b.balancers[r] = out
	b.out.Balancers = append(b.out.Balancers, out)
}

// serves are the types of the Kubernetes provider that get an address of the cloud.
var serves = map[string]bool{"kubernetes_service": true, "kubernetes_service_v1": true, "kubernetes_ingress": true, "kubernetes_ingress_v1": true}

// serviceBalancer stands for the load balancer of a Service or an Ingress. Its cluster is the one that the provider's configuration leads to.
func (b *builder) serviceBalancer(r *Resource) *mesh.Balancer {
	out := &mesh.Balancer{ID: r.id(), Kind: serviceKind, Namespace: r.known("metadata", "namespace"), Service: r.known("metadata", "name"), Origin: r.here()}
	out.Region = mesh.UnknownOf[string]("it is that of its cluster", r.here())
	if r.Leaf("metadata", "namespace").Absent {
		out.Namespace = "default"
	}
	if strings.HasPrefix(r.Type, "kubernetes_ingress") {
		out.Kind, out.Service = "Ingress", ""
	}
	out.Checks = mesh.UnknownOf[*mesh.HealthCheck]("whoever serves it decides", r.here())
	b.keep(r, out)
	b.out.Behind[out.ID] = Behind{Provider: r.Provider}
	return out
}
