package infrastructure

import (
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// paired is the region that Azure pairs with another one, and chooses itself.
func paired(at mesh.Origin) mesh.Value[string] {
	return mesh.UnknownOf[string]("Azure copies to the paired region", at)
}

// azureStorage reads azurerm_storage_account: LRS is one place, ZRS several zones, GRS and GZRS a copy in the paired region besides (Azure Storage,
// "Azure Storage redundancy").
func azureStorage(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "storage account", Class: "bucket", Region: azureLocation(r, "location")})
	kind := r.text("account_replication_type")
	out.Spread = oneOf(kind, "ZRS", "GZRS", "RAGZRS")
	switch {
	case !kind.IsKnown():
		out.Open = because(out.Open, kind.Cause, "its replication is not written")
	case strings.HasSuffix(kind.V, "GRS") || strings.HasSuffix(kind.V, "GZRS"):
		copyIn(out, mesh.Replica, paired(kind.Origin), kind.Origin)
	}
	out.Versioned = preset(r, r.flag("blob_properties", "versioning_enabled"), false, azure)
	if out.Name != "" {
		b.out.Versioned[out.Name] = out.Versioned
	}
}

// cosmosDB reads azurerm_cosmosdb_account: the region of failover_priority 0 takes the writes, the others are copies. Backups are made every four
// hours and kept for eight where nobody says otherwise, in the paired region too (azurerm_cosmosdb_account: backup).
func cosmosDB(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Cosmos DB account", Class: "database", Writable: mesh.Of(true, mesh.Default(azure))})
	out.Region = mesh.UnknownOf[string]("none of its regions has priority 0", r.here())
	n, open := r.blocks("geo_location")
	for i := range n {
		priority := r.number("geo_location", i, "failover_priority")
		if !priority.IsKnown() {
			open = because(open, priority.Cause, "a region has no priority")
			continue
		}
		region := azureLocation(r, "geo_location", i, "location")
		if priority.V == 0 {
			out.Region, out.Spread = region, preset(r, r.flag("geo_location", i, "zone_redundant"), false, azure)
			continue
		}
		copyIn(out, mesh.Replica, region, r.at("geo_location", i))
	}
	out.Open = because(out.Open, open)
	cosmosBackups(r, out)
}

func cosmosBackups(r *Resource, out *mesh.DataStore) {
	n, open := r.blocks("backup")
	kind := preset(r, r.text("backup", "type"), "Periodic", azure)
	if n == 0 && open != "" {
		kind = mesh.UnknownOf[string](open, r.here())
	}
	switch {
	case !kind.IsKnown():
		out.Backups, out.PointInTime = mesh.UnknownOf[time.Duration](kind.Cause, kind.Origin), mesh.UnknownOf[bool](kind.Cause, kind.Origin)
		return
	case kind.V == "Continuous":
		out.PointInTime = mesh.Of(true, kind.Origin)
		out.Backups = mesh.Of(30*24*time.Hour, mesh.Default(azure))
		if tier := r.text("backup", "tier"); tier.State == mesh.Unknown {
			out.Backups = mesh.UnknownOf[time.Duration](tier.Cause, tier.Origin)
		} else if tier.V == "Continuous7Days" {
			out.Backups = mesh.Of(7*24*time.Hour, tier.Origin)
		}
		return
	}
	out.PointInTime = mesh.Of(false, kind.Origin)
	out.Backups = preset(r, r.hours("backup", "retention_in_hours"), 8*time.Hour, azure)
	switch where := preset(r, r.text("backup", "storage_redundancy"), "Geo", azure); {
	case where.State == mesh.Unknown:
		out.Open = because(out.Open, where.Cause)
	case where.V == "Geo":
		copyIn(out, mesh.Backup, paired(where.Origin), r.at("backup"))
	}
}

// azureFlexibleServer reads azurerm_postgresql_flexible_server and azurerm_mysql_flexible_server: backups are always made, and kept for seven days
// where nobody says otherwise; a Replica names its source.
func azureFlexibleServer(b *builder, r *Resource) {
	kind := "PostgreSQL flexible server"
	if strings.Contains(r.Type, "mysql") {
		kind = "MySQL flexible server"
	}
	out := b.keepStore(r, &mesh.DataStore{Kind: kind, Class: "database", Region: azureLocation(r, "location")})
	out.Spread = oneOf(preset(r, r.text("high_availability", "mode"), "none", azure), "ZoneRedundant")
	mode := preset(r, r.text("create_mode"), "Default", azure)
	out.Writable = opposite(oneOf(mode, "Replica"))
	if mode.State == mesh.Unknown || mode.V == "Replica" {
		b.copiesFrom(out, r.Leaf("source_server_id"), r.Type)
		return
	}
	out.PointInTime = mesh.Of(true, mesh.Default(kind))
	out.Backups = preset(r, r.days("backup_retention_days"), 7*24*time.Hour, azure)
	geoBackups(r, out, preset(r, r.flag("geo_redundant_backup_enabled"), false, azure))
}

// geoBackups notes backups in the paired region.
func geoBackups(r *Resource, out *mesh.DataStore, on mesh.Value[bool]) {
	switch {
	case on.State == mesh.Unknown:
		out.Open = because(out.Open, on.Cause)
	case on.V:
		copyIn(out, mesh.Backup, paired(on.Origin), on.Origin)
	}
}

// azureSQL reads azurerm_mssql_database, which is where its server is. Seven days can be restored, and backups are copied to the paired region,
// where nobody says otherwise (azurerm_mssql_database: short_term_retention_policy, geo_backup_enabled, storage_account_type).
func azureSQL(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Azure SQL database", Class: "database"})
	l := r.Leaf("server_id")
	if server := b.whole(l, "azurerm_mssql_server"); server != nil && !nothing(server.Leaf("location")) {
		out.Region = azureLocation(server, "location")
	} else {
		out.Region = mesh.UnknownOf[string](because(textOf(l).Cause, "its server is not in the inputs"), originOf(l))
	}
	out.Spread = preset(r, r.flag("zone_redundant"), false, azure)
	mode := preset(r, r.text("create_mode"), "Default", azure)
	second := oneOf(mode, "Secondary", "OnlineSecondary")
	if out.Writable = opposite(second); second.State == mesh.Unknown || second.V {
		b.copiesFrom(out, r.Leaf("creation_source_database_id"), "azurerm_mssql_database")
		return
	}
	out.PointInTime = mesh.Of(true, mesh.Default("Azure SQL"))
	out.Backups = preset(r, r.days("short_term_retention_policy", "retention_days"), 7*24*time.Hour, azure)
	geo := preset(r, r.flag("geo_backup_enabled"), true, azure)
	switch where := preset(r, r.text("storage_account_type"), "Geo", azure); {
	case where.State == mesh.Unknown:
		out.Open = because(out.Open, where.Cause)
	case where.V == "Geo" || where.V == "GeoZone":
		geoBackups(r, out, geo)
	}
}

// azureFailoverGroup reads azurerm_mssql_failover_group: the databases that it lists have a copy on each partner server.
func azureFailoverGroup(b *builder, r *Resource) {
	b.afterwards(func() {
		databases, open := r.leaves("databases")
		n, more := r.blocks("partner_server")
		for _, l := range databases {
			d := b.whole(l, "azurerm_mssql_database")
			if d == nil {
				open = because(open, textOf(l).Cause)
				continue
			}
			s := b.storeOf(d)
			if s == nil {
				continue
			}
			s.Open = because(s.Open, more, r.Unsure)
			for i := range n {
				region := mesh.UnknownOf[string]("the partner server is not in the inputs", r.at("partner_server", i))
				if server := b.whole(r.Leaf("partner_server", i, "id"), "azurerm_mssql_server"); server != nil {
					region = azureLocation(server, "location")
				}
				copyIn(s, mesh.Replica, region, r.at("partner_server", i))
			}
		}
		if open == "" {
			return
		}
		for _, s := range b.out.Stores {
			if s.Kind == "Azure SQL database" && len(s.Copies) == 0 && s.Open == "" {
				s.Open = r.Address + " may copy it: " + open
			}
		}
	})
}

// azureRedis reads azurerm_redis_cache: with several zones it outlives one.
func azureRedis(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Azure cache for Redis", Class: "cache", Region: azureLocation(r, "location")})
	zones, open := r.leaves("zones")
	if out.Spread = mesh.Of(len(zones) > 1, r.at("zones")); open != "" {
		out.Spread = mesh.UnknownOf[bool](open, r.at("zones"))
	}
}

// azureRedisLink reads azurerm_redis_linked_server: of two linked caches the one whose role is Secondary follows the other.
func azureRedisLink(b *builder, r *Resource) {
	b.afterwards(func() {
		to, linked := b.whole(r.Leaf("target_redis_cache_name"), "azurerm_redis_cache"), b.whole(r.Leaf("linked_redis_cache_id"), "azurerm_redis_cache")
		if role := r.text("server_role"); to == nil || linked == nil || !role.IsKnown() {
			return
		} else if role.V == "Primary" {
			to, linked = linked, to
		}
		if first, second := b.storeOf(to), b.storeOf(linked); first != nil && second != nil {
			second.ReplicaOf, second.Writable = first.ID, mesh.Of(false, r.here())
			first.Open = because(first.Open, r.Unsure)
		}
	})
}

// azureRegistry reads azurerm_container_registry with its georeplications.
func azureRegistry(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "container registry", Class: "registry", Region: azureLocation(r, "location")})
	out.Spread = preset(r, r.flag("zone_redundancy_enabled"), false, azure)
	n, open := r.blocks("georeplications")
	out.Open = because(out.Open, open)
	for i := range n {
		copyIn(out, mesh.Replica, azureLocation(r, "georeplications", i, "location"), r.at("georeplications", i))
	}
}

// azureVault reads azurerm_key_vault, which Azure copies within the region and to the paired one (Azure Key Vault, "Availability and redundancy").
func azureVault(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "key vault", Class: "secret", Region: azureLocation(r, "location"), Spread: mesh.Of(true, mesh.Default("Key Vault"))})
	out.Protected = preset(r, r.flag("purge_protection_enabled"), false, azure)
	copyIn(out, mesh.Replica, paired(r.here()), r.here())
}

// azureLock reads azurerm_management_lock: what it locks cannot be deleted.
func azureLock(b *builder, r *Resource) {
	b.afterwards(func() {
		if to := b.whole(r.Leaf("scope")); to != nil {
			if s := b.storeOf(to); s != nil && !s.Protected.Or(false) {
				s.Protected = mesh.Of(true, r.here())
				if r.Unsure != "" {
					s.Protected = mesh.UnknownOf[bool](r.Unsure, r.here())
				}
			}
		}
	})
}
