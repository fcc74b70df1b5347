package infrastructure

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// tableDays is how far back point-in-time recovery of DynamoDB goes where nothing is written (DynamoDB, "Point-in-time recovery": 35 days).
const tableDays = 35 * 24 * time.Hour

// dynamoTable reads aws_dynamodb_table. A table lies in several zones by itself; its replicas take writes as well.
func dynamoTable(b *builder, r *Resource) {
	s := b.store(r, "DynamoDB table", "name")
	s.Spread, s.Writable = mesh.Of(true, mesh.Default("DynamoDB")), mesh.Of(true, mesh.Default("DynamoDB"))
	s.PointInTime = given(r, r.flag("point_in_time_recovery", "enabled"), false)
	if _, open := r.count("point_in_time_recovery"); open != "" {
		s.PointInTime = mesh.UnknownOf[bool](open, r.at("point_in_time_recovery"))
	}
	if s.PointInTime.Or(false) {
		s.Backups = given(r, r.days("point_in_time_recovery", "recovery_period_in_days"), tableDays)
	}
	s.Protected = given(r, r.flag("deletion_protection_enabled"), false)
	n, open := r.count("replica")
	for i := range n {
		s.Copies = append(s.Copies, mesh.Copy{Kind: mesh.Replica, Region: r.text("replica", i, "region_name"), Origin: r.at("replica", i, "region_name")})
	}
	if s.Open == "" {
		s.Open = open
	}
}

// tableReplica reads aws_dynamodb_table_replica, which stands in the region of its provider.
func tableReplica(b *builder, r *Resource) {
	s := b.store(r, "DynamoDB table", "table")
	s.Spread, s.Writable = mesh.Of(true, mesh.Default("DynamoDB")), mesh.Of(true, mesh.Default("DynamoDB"))
	s.PointInTime = given(r, r.flag("point_in_time_recovery"), false)
	s.Protected = given(r, r.flag("deletion_protection_enabled"), false)
	b.afterwards(func() {
		from := b.link(r.Leaf("global_table_arn"), "aws_dynamodb_table")
		if from == nil {
			b.stray(whyNot(r, "global_table_arn"), "aws_dynamodb_table")
			return
		}
		s.Name = b.stores[from].Name
		copied(b.stores[from], s, mesh.Replica, r.here())
		s.Copies = append(s.Copies, mesh.Copy{Kind: mesh.Replica, Region: b.stores[from].Region, Store: b.stores[from].ID, Origin: from.here()})
	})
}

// cacheGroup reads aws_elasticache_replication_group: it outlives a zone if it fails over by itself into others (ElastiCache, "Minimizing downtime
// with Multi-AZ"; provider: multi_az_enabled false, automatic_failover_enabled false, snapshot_retention_limit 0).
func cacheGroup(b *builder, r *Resource) {
	s := b.store(r, "ElastiCache replication group", "replication_group_id")
	spread, fails := given(r, r.flag("multi_az_enabled"), false), given(r, r.flag("automatic_failover_enabled"), false)
	if s.Spread = spread; spread.Or(true) {
		if s.Spread = fails; fails.Or(false) {
			s.Spread = spread
		}
	}
	s.Backups = given(r, r.days("snapshot_retention_limit"), 0)
	s.Writable = mesh.Of(true, r.here())
	final := r.text("final_snapshot_identifier")
	s.FinalCopy = mesh.Value[bool]{State: mesh.Known, V: final.V != "", Origin: final.Origin}
	if final.State == mesh.Unknown {
		s.FinalCopy = mesh.UnknownOf[bool](final.Cause, final.Origin)
	}
	global := r.text("global_replication_group_id")
	if global.State == mesh.Absent {
		return
	}
	s.Writable = mesh.Of(false, global.Origin)
	b.afterwards(func() { b.cacheSecondary(r, s, global) })
}

// cacheSecondary joins a replication group with the one that the global datastore was made of.
func (b *builder) cacheSecondary(r *Resource, s *mesh.DataStore, global mesh.Value[string]) {
	of := b.link(r.Leaf("global_replication_group_id"), "aws_elasticache_global_replication_group")
	if of == nil {
		s.Group, s.Open = global.V, whyNot(r, "global_replication_group_id")
		b.stray(s.Open, "aws_elasticache_replication_group")
		return
	}
	s.Group = of.id()
	first := b.link(of.Leaf("primary_replication_group_id"), "aws_elasticache_replication_group")
	if first == nil {
		s.Open = whyNot(of, "primary_replication_group_id")
		b.stray(s.Open, "aws_elasticache_replication_group")
		return
	}
	b.stores[first].Group = of.id()
	copied(b.stores[first], s, mesh.Replica, r.here())
	s.Copies = append(s.Copies, mesh.Copy{Kind: mesh.Replica, Region: b.stores[first].Region, Store: b.stores[first].ID, Origin: first.here()})
}
