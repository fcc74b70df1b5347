package infrastructure

import (
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// index is what hangs on load balancers, worked out once.
type index struct {
	groups map[*Resource][]*Resource // target groups by load balancer
	open   map[*Resource]string      // why there may be more
	stray  string                    // why listeners may belong to any load balancer
	nodes  map[*Resource][]*Resource // autoscaling groups and node groups by target group or classic load balancer
}

// groupsOf are the target groups behind a load balancer.
func (b *builder) groupsOf(lb *Resource) ([]*Resource, string) {
	x := b.balancing()
	open := x.open[lb]
	if open == "" && len(x.groups[lb]) == 0 {
		open = x.stray
	}
	return x.groups[lb], open
}

// balancing follows listeners and their rules (aws_lb_listener.load_balancer_arn, aws_lb_listener_rule.listener_arn) and attachments.
func (b *builder) balancing() *index {
	if b.index != nil {
		return b.index
	}
	x := &index{groups: map[*Resource][]*Resource{}, open: map[*Resource]string{}, nodes: map[*Resource][]*Resource{}}
	b.index = x
	for _, r := range b.all {
		switch r.key() {
		case "aws_lb_listener", "aws_alb_listener":
			lb := b.link(r.Leaf("load_balancer_arn"), lbTypes...)
			b.forwards(x, lb, r, "default_action")
		case "aws_lb_listener_rule", "aws_alb_listener_rule":
			var lb *Resource
			if l := b.link(r.Leaf("listener_arn"), listenerTypes...); l != nil {
				lb = b.link(l.Leaf("load_balancer_arn"), lbTypes...)
			}
			b.forwards(x, lb, r, "action")
		case "aws_autoscaling_attachment":
			if asg := b.link(r.Leaf("autoscaling_group_name"), "aws_eks_node_group", "aws_autoscaling_group"); asg != nil {
				for _, path := range []string{"lb_target_group_arn", "alb_target_group_arn", "elb"} {
					if to := b.link(r.Leaf(path), append(groupTypes, "aws_elb", "data.aws_elb")...); to != nil {
						x.nodes[to] = append(x.nodes[to], asg)
					}
				}
			}
		case "aws_lb_target_group_attachment", "aws_alb_target_group_attachment":
			g := b.link(r.Leaf("target_group_arn"), groupTypes...)
			if to := b.link(r.Leaf("target_id"), append(lbTypes, "aws_instance")...); g != nil && to != nil {
				x.nodes[g] = append(x.nodes[g], to)
			}
		case "aws_autoscaling_group":
			for _, path := range []string{"target_group_arns", "load_balancers"} {
				list, _ := b.listed(r, append(groupTypes, "aws_elb", "data.aws_elb"), path)
				for _, to := range list {
					x.nodes[to] = append(x.nodes[to], r)
				}
			}
		}
	}
	return x
}

// forwards notes the target groups that actions of a listener send to.
func (b *builder) forwards(x *index, lb, r *Resource, block string) {
	n, open := r.count(block)
	if r.Unsure != "" {
		open = r.Unsure // how many listeners there are
	}
	for i := range n {
		paths := [][]any{{block, i, "target_group_arn"}}
		groups, more := r.count(block, i, "forward", 0, "target_group")
		for j := range groups {
			paths = append(paths, []any{block, i, "forward", 0, "target_group", j, "arn"})
		}
		open += more
		for _, path := range paths {
			l := r.Leaf(path...)
			if l.Absent {
				continue
			}
			g := b.link(l, groupTypes...)
			switch {
			case g == nil && l.Unknown != nil:
				open = l.Unknown.Reason
			case g == nil && !l.Value.IsNull():
				open = "a target group is not in the inputs"
			case g != nil && g.Unsure != "":
				open = g.Unsure
			case g != nil && lb != nil && !slices.Contains(x.groups[lb], g):
				x.groups[lb] = append(x.groups[lb], g)
			}
		}
	}
	switch {
	case lb == nil:
		x.stray = "a listener may be one of it: " + r.Address
	case open != "":
		x.open[lb] = open
	}
}

// attached notes the cluster whose nodes target groups, or a classic load balancer, send to.
func (b *builder) attached(to []*Resource, out *mesh.Balancer) {
	var targets []*Resource
	for _, r := range to {
		targets = append(targets, b.balancing().nodes[r]...)
	}
	for _, target := range targets {
		name, id := b.clusterOf(target)
		switch {
		case out.Cluster == "" || out.Cluster == name:
			if out.Cluster = name; id != "" {
				b.out.Behind[out.ID] = Behind{Cluster: id}
			}
		case name != "":
			out.Cluster = ""
			delete(b.out.Behind, out.ID)
			return
		}
	}
}

// clusterOf is the cluster of a node group, of nodes by their tags, or of a load balancer behind another one; id is that of its resource.
func (b *builder) clusterOf(target *Resource) (name, id string) {
	switch target.Type {
	case "aws_eks_node_group":
		if c := b.link(target.Leaf("cluster_name"), eksTypes...); c != nil {
			return c.known("name"), c.id()
		}
		return target.known("cluster_name"), ""
	case "aws_autoscaling_group":
		return clusterTag(asgTags(target)), ""
	case "aws_instance":
		return clusterTag(knownTags(target)), ""
	}
	groups, _ := b.groupsOf(target)
	for _, g := range groups {
		for _, node := range b.balancing().nodes[g] {
			if node.Type == "aws_eks_node_group" || node.Type == "aws_autoscaling_group" {
				return b.clusterOf(node)
			}
		}
	}
	return clusterTag(knownTags(target)), ""
}

// asgTags are the tags of an autoscaling group, which has them as blocks.
func asgTags(r *Resource) map[string]string {
	out := map[string]string{}
	n, _ := r.count("tag")
	for i := range n {
		if key := r.known("tag", i, "key"); key != "" {
			out[key] = r.known("tag", i, "value")
		}
	}
	return out
}

// groupChecks is what takes targets of all groups out; where they differ, the slowest.
func (b *builder) groupChecks(groups []*Resource, open string, at mesh.Origin) (out mesh.Value[*mesh.HealthCheck]) {
	switch {
	case open != "":
		return mesh.UnknownOf[*mesh.HealthCheck](open, at)
	case len(groups) == 0:
		return mesh.UnknownOf[*mesh.HealthCheck]("its target groups are not in the inputs", at)
	}
	for i, g := range groups {
		c := targetCheck(g)
		switch {
		case c.State == mesh.Unknown:
			return c
		case i == 0, c.State == mesh.Absent, out.IsKnown() && noticed(*c.V) > noticed(*out.V):
			out = c
		}
		if c.State == mesh.Absent {
			break
		}
	}
	return out
}

// targetCheck reads health_check of a target group, with the defaults of the provider (aws_lb_target_group: interval 30 s, unhealthy_threshold 3,
// timeout 6 s for HTTP, 10 s for TCP, TLS and HTTPS, 5 s for GENEVE).
func targetCheck(g *Resource) mesh.Value[*mesh.HealthCheck] {
	const block = "health_check"
	at := g.at(block)
	enabled := given(g, g.flag(block, "enabled"), true)
	if on, ok := enabled.Get(); ok && !on {
		return mesh.Value[*mesh.HealthCheck]{Origin: enabled.Origin}
	}
	if _, open := g.count(block); open != "" || !enabled.IsKnown() {
		return mesh.UnknownOf[*mesh.HealthCheck](open+enabled.Cause, at)
	}
	group := g.text("protocol")
	def := "HTTP"
	if _, has := g.count(block); has == "" && g.Leaf(block).Absent && slices.Contains([]string{"TCP", "UDP", "TCP_UDP", "TLS", "GENEVE"}, group.V) {
		def = "TCP"
	}
	protocol := given(g, g.text(block, "protocol"), def)
	wait := map[string]time.Duration{"HTTP": 6 * time.Second, "GENEVE": 5 * time.Second}[group.V]
	if wait == 0 {
		wait = 10 * time.Second
	}
	interval, timeout := given(g, g.seconds(block, "interval"), 30*time.Second), given(g, g.seconds(block, "timeout"), wait)
	failures := given(g, g.number(block, "unhealthy_threshold"), 3)
	for _, cause := range []string{interval.Cause, timeout.Cause, failures.Cause, protocol.Cause} {
		if cause != "" {
			return mesh.UnknownOf[*mesh.HealthCheck](cause, at)
		}
	}
	handler := "http"
	if strings.HasPrefix(protocol.V, "TCP") {
		handler = "tcp"
	}
	return mesh.Of(&mesh.HealthCheck{By: "load balancer", Handler: handler, Interval: interval.V, Timeout: timeout.V, Failure: failures.V, Origin: at}, at)
}

// classicChecks reads health_check of aws_elb; without one it asks TCP connections every 30 s, 2 failures, 5 s (API HealthCheck of Classic Load
// Balancers).
func classicChecks(r *Resource) mesh.Value[*mesh.HealthCheck] {
	const block = "health_check"
	at := r.at(block)
	target := given(r, r.text(block, "target"), "TCP")
	interval, timeout := given(r, r.seconds(block, "interval"), 30*time.Second), given(r, r.seconds(block, "timeout"), 5*time.Second)
	failures := given(r, r.number(block, "unhealthy_threshold"), 2)
	for _, cause := range []string{target.Cause, interval.Cause, timeout.Cause, failures.Cause} {
		if cause != "" {
			return mesh.UnknownOf[*mesh.HealthCheck](cause, at)
		}
	}
	handler := "http"
	if strings.HasPrefix(target.V, "TCP") || strings.HasPrefix(target.V, "SSL") {
		handler = "tcp"
	}
	return mesh.Of(&mesh.HealthCheck{By: "load balancer", Handler: handler, Interval: interval.V, Timeout: timeout.V, Failure: failures.V, Origin: at}, at)
}
