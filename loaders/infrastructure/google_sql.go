package infrastructure

import (
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// cloudSQL reads google_sql_database_instance. A REGIONAL one has a standby in another zone (settings.availability_type); a replica names its
// master; deletion_protection is true where nobody says otherwise.
func cloudSQL(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Cloud SQL instance", Class: "database", Region: googlePlace(r)})
	out.Spread = oneOf(preset(r, r.text("settings", "availability_type"), "ZONAL", google), "REGIONAL")
	out.Protected = oneTrue(preset(r, r.flag("deletion_protection"), true, google), r.flag("settings", "deletion_protection_enabled"))
	out.FinalCopy = oneTrue(r.flag("settings", "final_backup_config", "enabled"), r.flag("settings", "retain_backups_on_delete"))
	master := r.Leaf("master_instance_name")
	if !nothing(master) {
		out.Writable = mesh.Of(false, originOf(master))
		b.copiesFrom(out, master, "google_sql_database_instance")
		return
	}
	out.Writable = mesh.Of(true, mesh.Default(google))
	cloudSQLBackups(r, out)
}

// cloudSQLBackups reads settings.backup_configuration: off where nobody says otherwise; seven are kept, one a day. They lie in the multi-region
// nearest to the instance unless a location is given (Cloud SQL, "Default backup location").
func cloudSQLBackups(r *Resource, out *mesh.DataStore) {
	const s, c = "settings", "backup_configuration"
	at := r.at(s, c)
	on := preset(r, r.flag(s, c, "enabled"), false, google)
	point := preset(r, oneTrue(r.flag(s, c, "point_in_time_recovery_enabled"), r.flag(s, c, "binary_log_enabled")), false, google)
	switch {
	case on.State == mesh.Unknown:
		out.Backups = mesh.UnknownOf[time.Duration](on.Cause, on.Origin)
		out.PointInTime = mesh.UnknownOf[bool](on.Cause, on.Origin)
		out.Open = because(out.Open, "whether there are backups: "+on.Cause)
		return
	case !on.V:
		out.Backups = mesh.Of(time.Duration(0), on.Origin)
		out.PointInTime = mesh.Of(false, on.Origin)
		return
	}
	out.PointInTime = point
	kept := preset(r, r.number(s, c, "backup_retention_settings", "retained_backups"), 7, google)
	if kept.IsKnown() {
		out.Backups = mesh.Of(time.Duration(max(0, min(kept.V, 10_000)))*24*time.Hour, kept.Origin)
	} else {
		out.Backups = mesh.UnknownOf[time.Duration](kept.Cause, kept.Origin)
	}
	copyIn(out, mesh.Backup, googleSpot(r.text(s, c, "location"), "Cloud SQL keeps backups in the multi-region nearest to the instance"), at)
}

// googleSpot is the region that a location names; unknown where it is a multi-region, with what else is said where nothing names one.
func googleSpot(location mesh.Value[string], otherwise string) mesh.Value[string] {
	switch {
	case location.State == mesh.Absent:
		return mesh.UnknownOf[string](otherwise, location.Origin)
	case location.IsKnown() && !googleRegion.MatchString(bare(location.V)):
		return mesh.UnknownOf[string](location.V+" stands for several regions", location.Origin)
	case location.IsKnown():
		location.V = bare(location.V)
	}
	return location
}

// spanner reads google_spanner_instance. A regional configuration has copies in three zones; another one spreads over several regions (Spanner,
// "Instance configurations").
func spanner(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Spanner instance", Class: "database"})
	config := r.text("config")
	name := config.V[strings.LastIndexByte(config.V, '/')+1:]
	region, regional := strings.CutPrefix(name, "regional-")
	out.Writable = mesh.Of(true, mesh.Default(google))
	switch {
	case config.State == mesh.Absent:
		out.Region = mesh.UnknownOf[string]("it names no configuration", config.Origin)
	case !config.IsKnown():
		out.Region, out.Open = config, config.Cause
	case regional:
		out.Region = mesh.Of(region, config.Origin)
		out.Spread = mesh.Of(true, mesh.Default("Spanner"))
	default:
		out.Region = mesh.UnknownOf[string](name+" stands for several regions", config.Origin)
		out.Spread = mesh.Of(true, config.Origin)
		copyIn(out, mesh.Replica, out.Region, config.Origin)
	}
}

// alloyDB reads google_alloydb_cluster: a SECONDARY one follows its primary cluster; backups and continuous backups are on where nobody turns
// them off, for 14 days each (google_alloydb_cluster: automated_backup_policy, continuous_backup_config).
func alloyDB(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "AlloyDB cluster", Class: "database", Region: googlePlace(r)})
	out.Name = r.text("cluster_id").Or("")
	out.Protected = r.flag("deletion_protection")
	if primary := r.Leaf("secondary_config", "primary_cluster_name"); !nothing(primary) {
		out.Writable = mesh.Of(false, originOf(primary))
		b.copiesFrom(out, primary, "google_alloydb_cluster")
		return
	}
	out.Writable = mesh.Of(true, mesh.Default(google))
	out.PointInTime = preset(r, r.flag("continuous_backup_config", "enabled"), true, "AlloyDB")
	switch on := preset(r, r.flag("automated_backup_policy", "enabled"), true, "AlloyDB"); {
	case !on.IsKnown():
		out.Backups = mesh.UnknownOf[time.Duration](on.Cause, on.Origin)
	case !on.V:
		out.Backups = mesh.Of(time.Duration(0), on.Origin)
	default:
		out.Backups = mesh.UnknownOf[time.Duration]("how long it keeps backups is not looked at", on.Origin)
		if place := r.text("automated_backup_policy", "location"); place.State != mesh.Absent {
			copyIn(out, mesh.Backup, googleSpot(place, ""), place.Origin)
		}
	}
}

// firestore reads google_firestore_database (location_id, point_in_time_recovery_enablement, delete_protection_state). A location of two letters
// and a number (nam5, eur3) stands for several regions.
func firestore(b *builder, r *Resource) {
	place := r.text("location_id")
	out := b.keepStore(r, &mesh.DataStore{Kind: "Firestore database", Class: "database", Region: googleSpot(place, "it names no location")})
	out.Spread = mesh.Of(true, mesh.Default("Firestore"))
	if place.IsKnown() && !out.Region.IsKnown() {
		copyIn(out, mesh.Replica, out.Region, place.Origin)
	}
	out.PointInTime = oneOf(preset(r, r.text("point_in_time_recovery_enablement"), "POINT_IN_TIME_RECOVERY_DISABLED", google), "POINT_IN_TIME_RECOVERY_ENABLED")
	if out.PointInTime.IsKnown() && !out.PointInTime.V {
		out.PointInTime = b.scheduled(r, out.PointInTime)
	}
	out.Protected = oneOf(preset(r, r.text("delete_protection_state"), "DELETE_PROTECTION_DISABLED", google), "DELETE_PROTECTION_ENABLED")
}

// scheduled is unknown where schedules of backups may be meant for a database.
func (b *builder) scheduled(r *Resource, v mesh.Value[bool]) mesh.Value[bool] {
	for _, s := range b.all {
		if s.Type == "google_firestore_backup_schedule" {
			return mesh.UnknownOf[bool](s.Address+" may back it up", r.here())
		}
	}
	return v
}
