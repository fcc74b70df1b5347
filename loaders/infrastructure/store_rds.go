package infrastructure

import (
	"slices"
	"time"

	"github.com/passmuster/muster/mesh"
)

// database is a family of clustered databases that replicate between regions as one global cluster: Aurora, DocumentDB and Neptune.
type database struct {
	name, cluster, global, instance string // types without "aws_"
}

var databases = []database{
	{"Aurora", "rds_cluster", "rds_global_cluster", "rds_cluster_instance"},
	{"DocumentDB", "docdb_cluster", "docdb_global_cluster", "docdb_cluster_instance"},
	{"Neptune", "neptune_cluster", "neptune_global_cluster", "neptune_cluster_instance"},
}

// globalMember is a cluster of a global one.
type globalMember struct {
	*Resource
	store *mesh.DataStore
	of    *Resource // the global cluster, nil = it is not in the inputs
}

// read reads a cluster. Its volume lies in three zones and is backed up all the time (Aurora User Guide, "Overview of Amazon Aurora storage",
// "Overview of backing up and restoring an Aurora DB cluster"; the same for the two others). It outlives a zone with a second instance.
func (d database) read(b *builder, r *Resource) {
	s := b.store(r, d.name+" cluster", "cluster_identifier")
	s.Backups = given(r, r.days("backup_retention_period"), 24*time.Hour)
	s.PointInTime = mesh.Of(true, mesh.Default(d.name))
	s.Protected = given(r, r.flag("deletion_protection"), false)
	s.FinalCopy = not(given(r, r.flag("skip_final_snapshot"), false))
	s.Writable = mesh.Of(true, r.here())
	if d.name == "Aurora" && !r.Leaf("db_cluster_instance_class").Absent {
		s.Kind, s.Spread = "RDS Multi-AZ cluster", mesh.Of(true, mesh.Default("RDS Multi-AZ clusters"))
		s.PointInTime = mesh.Value[bool]{State: s.Backups.State, V: s.Backups.V > 0, Cause: s.Backups.Cause, Origin: s.Backups.Origin}
	} else {
		b.afterwards(func() { s.Spread = b.spread(r, "aws_"+d.instance) })
	}
	if len(b.global[d.name]) == 0 {
		b.afterwards(func() { b.globals(d) })
	}
	b.global[d.name] = append(b.global[d.name], &globalMember{Resource: r, store: s})
}

// instanceCount is how many instances a cluster has.
type instanceCount struct {
	n     int
	apart bool   // they are not all written to be in one zone
	zone  string // that the first is written to be in, "" = none, or unknown
	open  string // why there may be more
}

// spread tells whether there is more than one instance of a cluster.
func (b *builder) spread(r *Resource, kind string) mesh.Value[bool] {
	b.countInstances(kind)
	own, any := b.instances[r], b.instances[nil]
	if own == nil {
		own = &instanceCount{}
	}
	switch {
	case own.n > 1 && own.apart:
		return mesh.Of(true, r.here())
	case own.open != "":
		return mesh.UnknownOf[bool](own.open, r.here())
	case any != nil && any.open != "":
		return mesh.UnknownOf[bool](any.open, r.here())
	case own.n == 0:
		return mesh.UnknownOf[bool]("its instances are not in the inputs", r.here())
	}
	return mesh.Of(false, r.here())
}

// countInstances counts the instances of all clusters of a family; those of which nobody knows whose they are stand under nil.
func (b *builder) countInstances(kind string) {
	if b.counted[kind] {
		return
	}
	b.counted[kind] = true
	for _, i := range b.ofType(kind) {
		to := b.link(i.Leaf("cluster_identifier"))
		c := b.instances[to]
		if c == nil {
			c = &instanceCount{}
			b.instances[to] = c
		}
		switch {
		case to == nil:
			c.open = whyNot(i, "cluster_identifier")
		case i.Unsure != "":
			c.open = i.Unsure
		default:
			zone := i.known("availability_zone")
			if c.n == 0 {
				c.zone = zone
			}
			c.apart = c.apart || zone == "" || zone != c.zone
			c.n++
		}
	}
}

// globals joins clusters that are one.
func (b *builder) globals(d database) {
	groups, order, stray := map[string][]*globalMember{}, []string{}, ""
	for _, m := range b.global[d.name] {
		l := m.Leaf("global_cluster_identifier")
		m.of = b.link(l, "aws_"+d.global)
		id, known := m.textOf(l)
		switch {
		case m.of != nil:
			if m.store.Group = m.of.known("global_cluster_identifier"); m.store.Group == "" {
				m.store.Group = m.of.id()
			}
		case known && id != "":
			m.store.Group = id
		case l.Unknown != nil:
			stray = whyNot(m.Resource, "global_cluster_identifier")
			m.store.Open, m.store.Writable = stray, mesh.UnknownOf[bool](l.Unknown.Reason, originOf(l))
		}
		b.replicated(d, m)
		if g := m.store.Group; g != "" {
			if groups[g] == nil {
				order = append(order, g)
			}
			groups[g] = append(groups[g], m)
		}
	}
	for _, g := range order {
		b.joined(groups[g], stray)
	}
	for _, g := range b.ofType("aws_" + d.global) {
		if source := b.link(g.Leaf("source_db_cluster_identifier"), "aws_"+d.cluster); source != nil && b.stores[source].Group == "" {
			if b.stores[source].Group = g.known("global_cluster_identifier"); b.stores[source].Group == "" {
				b.stores[source].Group = g.id()
			}
			b.joined(append(groups[b.stores[source].Group], &globalMember{source, b.stores[source], g}), stray)
		}
	}
}

// replicated follows a cluster that copies another one without a global cluster.
func (b *builder) replicated(d database, m *globalMember) {
	l := m.Leaf("replication_source_identifier")
	if l.Absent || l.Unknown == nil && l.Value.IsNull() {
		return
	}
	m.store.Writable = mesh.Of(false, m.origin(l, nil))
	if from := b.link(l); from != nil && b.stores[from] != nil {
		copied(b.stores[from], m.store, mesh.Replica, m.origin(l, nil))
	} else if l.Unknown != nil {
		m.store.Writable = mesh.UnknownOf[bool](l.Unknown.Reason, originOf(l))
		b.stray(whyNot(m.Resource, "replication_source_identifier"), "aws_"+d.cluster)
	}
}

// joined gives each cluster of a global one its copies. The first is the one that the global cluster was made of, else the only one with a master
// user (aws_rds_cluster: a secondary has none); where neither tells, nobody knows who takes writes.
func (b *builder) joined(list []*globalMember, stray string) {
	var first *globalMember
	for _, m := range list {
		if m.of == nil {
			continue
		}
		if source := b.link(m.of.Leaf("source_db_cluster_identifier")); source != nil {
			if i := slices.IndexFunc(list, func(m *globalMember) bool { return m.Resource == source }); i >= 0 {
				first = list[i]
			}
		}
	}
	if first == nil {
		first = owner(list)
	}
	unsure := ""
	for _, m := range list {
		if unsure == "" {
			unsure = m.Unsure
		}
	}
	for _, m := range list {
		s := m.store
		s.Copies = slices.DeleteFunc(s.Copies, func(c mesh.Copy) bool { return c.Kind == mesh.Replica })
		for _, other := range list {
			if other != m && len(s.Copies) < maxElements {
				s.Copies = append(s.Copies, mesh.Copy{Kind: mesh.Replica, Region: other.store.Region, Store: other.store.ID, Origin: other.here()})
			}
		}
		switch {
		case first == m || first == nil && len(list) == 1:
			s.Writable = mesh.Of(true, m.here())
		case first == nil:
			s.Writable = mesh.UnknownOf[bool]("nothing tells which cluster of "+s.Group+" takes writes", m.here())
		default:
			s.ReplicaOf = first.store.ID
			s.Writable = given(m.Resource, m.flag("enable_global_write_forwarding"), false)
		}
		switch {
		case s.Open != "":
		case unsure != "":
			s.Open = unsure
		case m.of == nil:
			s.Open = "global cluster " + s.Group + " is not in the inputs"
		case stray != "":
			s.Open = stray
		}
	}
}

// owner is the only cluster that sets up a master user; nil if none does, or several.
func owner(list []*globalMember) (out *globalMember) {
	for _, m := range list {
		for _, attribute := range []string{"master_username", "master_password", "manage_master_user_password"} {
			if l := m.Leaf(attribute); l.Absent || l.Unknown == nil && l.Value.IsNull() {
				continue
			}
			if out != nil && out != m {
				return nil
			}
			out = m
		}
	}
	return out
}
