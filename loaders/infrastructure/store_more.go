package infrastructure

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// fileSystem reads aws_efs_file_system. One that is put into one zone stays there (EFS, "One Zone file systems").
func fileSystem(b *builder, r *Resource) {
	s := b.store(r, "EFS file system", "creation_token")
	zone := r.text("availability_zone_name")
	s.Spread, s.Writable = mesh.Of(zone.State == mesh.Absent, zone.Origin), mesh.Of(true, r.here())
	if zone.State == mesh.Unknown {
		s.Spread = mesh.UnknownOf[bool](zone.Cause, zone.Origin)
	}
}

// fileReplication reads aws_efs_replication_configuration: the copy can only be read.
func fileReplication(b *builder, r *Resource) {
	b.afterwards(func() {
		from := b.link(r.Leaf("source_file_system_id"), "aws_efs_file_system")
		if from == nil {
			b.stray(whyNot(r, "source_file_system_id"), "aws_efs_file_system")
			return
		}
		c := mesh.Copy{Kind: mesh.Replica, Region: r.text("destination", "region"), Origin: r.at("destination")}
		if to := b.link(r.Leaf("destination", "file_system_id"), "aws_efs_file_system"); to != nil {
			copied(b.stores[from], b.stores[to], mesh.Replica, r.at("destination"))
			b.stores[to].Writable = mesh.Of(false, r.at("destination"))
			return
		}
		if zone := r.text("destination", "availability_zone_name"); c.Region.State == mesh.Absent {
			c.Region = mesh.UnknownOf[string]("its destination names no region", r.at("destination"))
			if region := zoneRegion(zone.V); region != "" {
				c.Region = mesh.Of(region, zone.Origin)
			}
		}
		b.stores[from].Copies = append(b.stores[from].Copies, c)
	})
}

// fileBackups reads aws_efs_backup_policy: automatic backups are kept for 35 days (EFS, "Automatic backups").
func fileBackups(b *builder, r *Resource) {
	b.afterwards(func() {
		from := b.link(r.Leaf("file_system_id"), "aws_efs_file_system")
		if from == nil {
			return
		}
		on := r.text("backup_policy", "status")
		switch {
		case on.State == mesh.Unknown:
			b.stores[from].Backups = mesh.UnknownOf[time.Duration](on.Cause, on.Origin)
		case on.V == "ENABLED":
			b.stores[from].Backups = mesh.Of(tableDays, on.Origin)
		default:
			b.stores[from].Backups = mesh.Of(time.Duration(0), on.Origin)
		}
	})
}

// secret reads aws_secretsmanager_secret with its replicas.
func secret(b *builder, r *Resource) {
	s := b.store(r, "secret", "name")
	s.Spread, s.Writable = mesh.Of(true, mesh.Default("Secrets Manager")), mesh.Of(true, mesh.Default("Secrets Manager"))
	n, open := r.count("replica")
	for i := range n {
		s.Copies = append(s.Copies, mesh.Copy{Kind: mesh.Replica, Region: r.text("replica", i, "region"), Origin: r.at("replica", i)})
	}
	if s.Open == "" {
		s.Open = open
	}
}

// registry reads aws_ecr_replication_configuration, which is that of all repositories of a region.
func registry(b *builder, r *Resource) {
	s := b.store(r, "container registry", "")
	s.Spread, s.Writable = mesh.Of(true, mesh.Default("ECR")), mesh.Of(true, mesh.Default("ECR"))
	rules, open := r.count("replication_configuration", 0, "rule")
	for i := range rules {
		n, more := r.count("replication_configuration", 0, "rule", i, "destination")
		for j := range n {
			path := []any{"replication_configuration", 0, "rule", i, "destination", j, "region"}
			s.Copies = append(s.Copies, mesh.Copy{Kind: mesh.Replica, Region: r.text(path...), Origin: r.at(path...)})
		}
		open += more
	}
	if s.Open == "" {
		s.Open = open
	}
}
