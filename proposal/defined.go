package proposal

import (
	"path"
	"slices"
	"strings"
)

// fromDefinitions makes clusters of what Argo CD, Flux and Rancher deploy.
func (p *plan) fromDefinitions() {
	open := []deployment{}
	named := map[string]*cluster{}
	for _, x := range p.deployed.list {
		switch {
		case x.cluster != "":
			p.deploy(p.namedCluster(named, x), x)
		case !x.file.scope.isZero():
			p.deploy(p.scopedCluster(x.file.scope, x.file.parts, x), x)
		default:
			open = append(open, x)
		}
	}
	for { // what a cluster applies may hold definitions itself: these are for the same cluster
		var rest []deployment
		for _, x := range open {
			found := false
			for _, c := range p.clusters {
				if c.reach[x.file] {
					p.deploy(c, x)
					found = true
				}
			}
			if !found {
				rest = append(rest, x)
			}
		}
		if len(rest) == len(open) {
			break
		}
		open = rest
	}
	p.local(open, len(named) > 0)
	for _, x := range p.deployed.list {
		if x.cluster != "" {
			p.learn(named[x.cluster], x)
		}
	}
	p.clusters = slices.DeleteFunc(p.clusters, func(c *cluster) bool { return len(c.sources) == 0 })
}

// namedCluster is the cluster that a definition names.
func (p *plan) namedCluster(named map[string]*cluster, x deployment) *cluster {
	c := named[x.cluster]
	if c == nil {
		own := classify(x.cluster)
		c = &cluster{name: x.cluster, why: x.what + ", " + x.at, defined: true, scope: own.scope, reach: map[*file]bool{}}
		if !own.known() {
			c.scope = scope{rest: strings.ToLower(x.cluster)}
		}
		if c.scope.env != "" {
			c.envName = envWord(x.cluster, c.scope.env)
		}
		if env := x.scope.env; env != "" && (env != c.scope.env || x.env != "") {
			c.scope.env, c.envName = env, first(x.env, env) // what the definition says, whatever the name seems to say
		}
		named[x.cluster] = c
		p.clusters = append(p.clusters, c)
	}
	c.fill(x.scope)
	return c
}

// fill learns of a cluster what its name leaves open.
func (c *cluster) fill(s scope) {
	if c.scope.env == "" && s.env != "" {
		c.scope.env, c.envName = s.env, s.env
	}
	if c.scope.geo == "" {
		c.scope.geo = s.geo
	}
}

// learn takes a cluster's environment and place from the folders that are deployed into it, if all agree.
func (p *plan) learn(c *cluster, x deployment) {
	var all scope
	for _, y := range p.deployed.list {
		if y.cluster != x.cluster {
			continue
		}
		s, _ := p.pathScope(y)
		if s.env != "" && all.env != "" && s.env != all.env || s.geo != "" && all.geo != "" && s.geo != all.geo {
			return
		}
		all = s.under(all)
	}
	all.rest = ""
	c.fill(all)
}

// scopedCluster is the cluster that a folder belongs to.
func (p *plan) scopedCluster(s scope, parts []string, x deployment) *cluster {
	for _, c := range p.clusters {
		if c.scope == s {
			return c
		}
	}
	c := &cluster{name: strings.Join(parts, "-"), why: x.what + ", " + x.at, defined: true, scope: s, reach: map[*file]bool{}}
	for _, part := range parts {
		if s.env != "" && (classify(part).env == s.env || strings.EqualFold(part, s.env)) {
			c.envName = envWord(part, s.env)
		}
	}
	p.clusters = append(p.clusters, c)
	return c
}

// pathScope is the scope of what a definition deploys: of its folder, else of its values.
func (p *plan) pathScope(x deployment) (scope, []string) {
	var s scope
	var parts []string
	if d := p.dirs[x.path]; d != nil && x.chart == "" {
		s, parts = d.scope, d.parts
	}
	for _, v := range x.values {
		if f := p.files[v]; f != nil && f.scope.size() > s.size() {
			s, parts = f.scope, f.parts
		}
	}
	return s, parts
}

// local takes the definitions that deploy into the cluster that they run in, which nothing names. Folders with
// telling names mean that each of these clusters has such definitions of its own, unless overlays of several
// environments go to different namespaces: then these are one cluster.
func (p *plan) local(open []deployment, others bool) {
	if len(open) == 0 {
		return
	}
	spaces, envs := map[string]scope{}, map[string]bool{}
	single := true
	for _, x := range open {
		s, _ := p.pathScope(x)
		if s.isZero() {
			continue
		}
		if old, again := spaces[x.namespace]; x.namespace == "" || s.env == "" || s.geo != "" || s.rest != "" || again && old != s {
			single = false
		}
		spaces[x.namespace] = s
		envs[s.env] = true
	}
	single = single && len(envs) > 1
	if single || !p.hasScopes(open) {
		p.inCluster(open)
		return
	}
	var unscoped []deployment
	for _, x := range open {
		s, parts := p.pathScope(x)
		if s.isZero() {
			unscoped = append(unscoped, x)
			continue
		}
		p.deploy(p.scopedCluster(s, parts, x), x)
	}
	switch {
	case len(p.clusters) == 0:
	case others:
		p.inCluster(unscoped)
	default:
		for _, x := range unscoped {
			for _, c := range slices.Clone(p.clusters) {
				p.deploy(c, x)
			}
		}
	}
}

// hasScopes reports whether folders or values tell of several clusters, or of the one.
func (p *plan) hasScopes(open []deployment) bool {
	for _, x := range open {
		if s, _ := p.pathScope(x); !s.isZero() {
			return true
		}
	}
	return len(p.clusters) > 0 || slices.ContainsFunc(p.units(), func(u unit) bool { return !u.scope.isZero() })
}

// inCluster makes one cluster of definitions that name none.
func (p *plan) inCluster(list []deployment) {
	if len(list) == 0 {
		return
	}
	c := &cluster{why: list[0].what + " deploys into its own cluster, " + list[0].at, defined: true, scope: scope{rest: "in-cluster"}, reach: map[*file]bool{}}
	if strings.HasPrefix(list[0].what, "Application") {
		c.name = "in-cluster"
	}
	p.clusters = append(p.clusters, c)
	for _, x := range list {
		p.deploy(c, x)
	}
}

// deploy adds what one definition deploys to a cluster.
func (p *plan) deploy(c *cluster, x deployment) {
	if x.region != "" && c.region == "" {
		c.region, c.regionWhy = x.region, x.what+", "+x.at
	}
	why := x.what + ", " + x.at
	if x.chart != "" {
		c.facts = append(c.facts, chartFacts(x, why)...)
		for _, v := range x.values {
			c.reach[p.files[v]] = true
		}
		return
	}
	d := p.dirs[x.path]
	switch {
	case d == nil:
		if f := p.files[x.path]; f != nil && f.matters() {
			p.claimed[f] = true
			p.addSource(c, Source{Path: x.path, Why: why})
		}
	case d.chart != nil && d.kust == nil:
		p.claimed[d] = true
		s := Source{Helm: d.path, Values: unique(x.values), Set: x.set, Namespace: x.namespace, Release: x.release, Why: why}
		p.addSource(c, s)
	case d.kust != nil:
		p.kustomize(c, d, why)
	default:
		p.folder(c, d, x.recurse, why)
	}
}

func (p *plan) kustomize(c *cluster, d *dir, why string) {
	p.claim(d)
	if p.kustMatters(d) {
		p.addSource(c, Source{Kustomize: d.path, Why: why})
	}
	p.closure(d, func(f *file) {
		if f != nil {
			c.reach[f] = true
		}
	})
}

// claim takes a kustomization, and those that it takes in.
func (p *plan) claim(d *dir) {
	if d == nil || d.kust == nil || p.claimed[d] {
		return
	}
	p.claimed[d] = true
	for _, sub := range d.kust.dirs {
		p.claim(p.dirs[sub])
	}
}

// folder adds plain manifests of a folder, and the kustomizations below it.
func (p *plan) folder(c *cluster, d *dir, recurse bool, why string) {
	wanted := map[*file]bool{}
	d.walk(func(in *dir) bool {
		if in != d && (!recurse || toolNames[in.name()] || in.chart != nil) {
			return false
		}
		if in.kust != nil {
			if !in.kust.component {
				p.kustomize(c, in, why)
			}
			return false
		}
		for _, f := range in.files {
			c.reach[f] = true
			if f.matters() && !f.part && f.owner == nil {
				wanted[f] = true
				p.claimed[f] = true
			}
		}
		return true
	})
	for _, s := range p.cover(d, wanted, func(*dir) bool { return true }) {
		s.Why = why
		p.addSource(c, s)
	}
}

func unique(list []string) []string {
	var out []string
	for _, w := range list {
		if w = path.Clean(w); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
