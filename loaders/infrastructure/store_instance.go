package infrastructure

import (
	"github.com/passmuster/muster/mesh"
)

// dbInstance reads aws_db_instance (provider: backup_retention_period 0, multi_az false, deletion_protection false, skip_final_snapshot false).
func dbInstance(b *builder, r *Resource) {
	s := b.store(r, "RDS instance", "identifier")
	s.Spread = given(r, r.flag("multi_az"), false)
	s.Backups = given(r, r.days("backup_retention_period"), 0)
	s.PointInTime = mesh.Value[bool]{State: s.Backups.State, V: s.Backups.V > 0, Cause: s.Backups.Cause, Origin: s.Backups.Origin}
	s.Protected = given(r, r.flag("deletion_protection"), false)
	s.FinalCopy = not(given(r, r.flag("skip_final_snapshot"), false))
	s.Writable = mesh.Of(true, r.here())
	source := r.text("replicate_source_db")
	if source.State == mesh.Absent || source.IsKnown() && source.V == "" {
		return
	}
	s.Writable = mesh.Of(false, source.Origin)
	b.afterwards(func() {
		from := b.link(r.Leaf("replicate_source_db"), "aws_db_instance", "aws_rds_cluster")
		switch {
		case from != nil:
			copied(b.stores[from], s, mesh.Replica, source.Origin)
		case source.State == mesh.Unknown:
			s.Writable = mesh.UnknownOf[bool](source.Cause, source.Origin)
			b.stray(whyNot(r, "replicate_source_db"), "aws_db_instance")
		default:
			b.stray(whyNot(r, "replicate_source_db"), "aws_db_instance")
		}
	})
}

// backupReplication reads aws_db_instance_automated_backups_replication: backups of an instance are kept in its own region, too.
func backupReplication(b *builder, r *Resource) {
	b.afterwards(func() {
		if from := b.link(r.Leaf("source_db_instance_arn"), "aws_db_instance"); from != nil {
			b.stores[from].Copies = append(b.stores[from].Copies, mesh.Copy{Kind: mesh.Backup, Region: r.region(), Origin: r.here()})
			return
		}
		b.stray(whyNot(r, "source_db_instance_arn"), "aws_db_instance")
	})
}
