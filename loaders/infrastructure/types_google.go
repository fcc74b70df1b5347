package infrastructure

// googleTypes are the resources of the providers google and google-beta.
var googleTypes = map[string]adapter{
	"google_dns_record_set": googleRecord,

	"google_compute_global_forwarding_rule": googleGlobalRule,
	"google_compute_forwarding_rule":        googleRegionalRule,
	"data.google_compute_forwarding_rule":   googleRegionalRule,

	"google_container_cluster":      googleCluster,
	"data.google_container_cluster": googleCluster,

	"google_sql_database_instance":        cloudSQL,
	"google_spanner_instance":             spanner,
	"google_storage_bucket":               googleBucket,
	"google_alloydb_cluster":              alloyDB,
	"google_redis_instance":               memorystore,
	"google_firestore_database":           firestore,
	"google_secret_manager_secret":        googleSecret,
	"google_artifact_registry_repository": googleRegistry,
	"google_bigtable_instance":            bigtable,
	"google_filestore_instance":           filestore,
}
