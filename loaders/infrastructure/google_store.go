package infrastructure

import (
	"strings"

	"github.com/passmuster/muster/mesh"
)

// dualRegions are the locations of buckets that stand for two regions (Cloud Storage, "Bucket locations").
var dualRegions = map[string][2]string{"asia1": {"asia-northeast1", "asia-northeast2"}, "eur4": {"europe-north1", "europe-west4"},
	"eur5": {"europe-west1", "europe-west2"}, "eur7": {"europe-west2", "europe-west3"}, "eur8": {"europe-west3", "europe-west6"}, "nam4": {"us-central1", "us-east1"}}

// googleBucket reads google_storage_bucket: its location is a region, two or more (custom_placement_config, predefined ones), and in each of them
// data lies in several zones. Deleting it fails while it holds objects, unless force_destroy is set.
func googleBucket(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Cloud Storage bucket", Class: "bucket", Spread: mesh.Of(true, mesh.Default("Cloud Storage"))})
	out.Protected = opposite(preset(r, r.flag("force_destroy"), false, google))
	out.Versioned = preset(r, r.flag("versioning", "enabled"), false, google)
	if out.Name != "" {
		b.out.Versioned[out.Name] = out.Versioned
	}
	location := r.text("location")
	places, open := r.leaves("custom_placement_config", "data_locations")
	pair, dual := dualRegions[bare(location.V)]
	switch {
	case open != "":
		out.Region, out.Open = mesh.UnknownOf[string](open, r.at("custom_placement_config")), because(out.Open, open)
	case len(places) > 0:
		for i, l := range places {
			v := textOf(l)
			v.V = bare(v.V)
			if i == 0 {
				out.Region = v
				continue
			}
			copyIn(out, mesh.Replica, v, originOf(l))
		}
	case !location.IsKnown():
		out.Region = mesh.UnknownOf[string](because(location.Cause, "it names no location"), location.Origin)
		out.Open = because(out.Open, out.Region.Cause)
	case dual:
		out.Region = mesh.Of(pair[0], location.Origin)
		copyIn(out, mesh.Replica, mesh.Of(pair[1], location.Origin), location.Origin)
	default:
		if out.Region = googleSpot(location, ""); !out.Region.IsKnown() {
			copyIn(out, mesh.Replica, out.Region, location.Origin)
		}
	}
}

// memorystore reads google_redis_instance: STANDARD_HA has a copy in another zone.
func memorystore(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Memorystore instance", Class: "cache", Region: googlePlace(r)})
	out.Spread = oneOf(preset(r, r.text("tier"), "BASIC", google), "STANDARD_HA")
}

// filestore reads google_filestore_instance: of the tiers ENTERPRISE and REGIONAL alone it outlives a zone.
func filestore(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Filestore instance", Class: "filesystem", Region: googlePlace(r)})
	out.Spread = oneOf(r.text("tier"), "ENTERPRISE", "REGIONAL")
	out.Protected = preset(r, r.flag("deletion_protection_enabled"), false, google)
	if n, open := r.blocks("initial_replication", "replicas"); n > 0 || open != "" {
		out.Open = because(out.Open, open, "it is one side of a replication")
	}
}

// bigtable reads google_bigtable_instance: its clusters are copies of one another (cluster.zone).
func bigtable(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Bigtable instance", Class: "database", Writable: mesh.Of(true, mesh.Default(google))})
	out.Protected = preset(r, r.flag("deletion_protection"), true, google)
	n, open := r.blocks("cluster")
	out.Open = because(out.Open, open)
	out.Region = mesh.UnknownOf[string](because(open, "its clusters name no zone"), r.here())
	for i := range n {
		zone := r.text("cluster", i, "zone")
		region := mesh.UnknownOf[string](because(zone.Cause, "it names no zone"), zone.Origin)
		if m := googleZone.FindStringSubmatch(bare(zone.V)); m != nil {
			region = mesh.Of(m[1], zone.Origin)
		}
		if i == 0 {
			out.Region = region
			continue
		}
		copyIn(out, mesh.Replica, region, r.at("cluster", i))
	}
	out.Spread = mesh.UnknownOf[bool]("the zones of its clusters are not compared", r.here())
	if n == 1 && open == "" {
		out.Spread = mesh.Of(false, r.at("cluster", 0))
	}
}

// googleSecret reads google_secret_manager_secret: replication.auto leaves the places to Google, user_managed lists them.
func googleSecret(b *builder, r *Resource) {
	out := b.keepStore(r, &mesh.DataStore{Kind: "Secret Manager secret", Class: "secret", Spread: mesh.Of(true, mesh.Default("Secret Manager"))})
	out.Name = r.text("secret_id").Or("")
	n, open := r.blocks("replication", "user_managed", "replicas")
	if n == 0 {
		why := because(open, "Secret Manager chooses several regions")
		out.Region = mesh.UnknownOf[string](why, r.at("replication"))
		if open != "" {
			out.Open = because(out.Open, open)
			return
		}
		copyIn(out, mesh.Replica, out.Region, r.at("replication"))
		return
	}
	out.Open = because(out.Open, open)
	for i := range n {
		place := r.text("replication", "user_managed", "replicas", i, "location")
		if i == 0 {
			out.Region = place
			continue
		}
		copyIn(out, mesh.Replica, place, place.Origin)
	}
}

// googleRegistry reads google_artifact_registry_repository, whose location is a region, or a multi-region (us, europe, asia).
func googleRegistry(b *builder, r *Resource) {
	place := r.text("location")
	if place.State == mesh.Absent {
		place = r.region()
	}
	out := b.keepStore(r, &mesh.DataStore{Kind: "Artifact Registry repository", Class: "registry", Region: googleSpot(place, "it names no location"), Spread: mesh.Of(true, mesh.Default("Artifact Registry"))})
	out.Name = r.text("repository_id").Or("")
	if place.IsKnown() && !out.Region.IsKnown() && !strings.Contains(place.V, "-") {
		copyIn(out, mesh.Replica, out.Region, place.Origin)
	}
}
