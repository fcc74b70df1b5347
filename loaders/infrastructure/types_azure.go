package infrastructure

// azureTypes are the resources of the provider azurerm.
var azureTypes = map[string]adapter{
	"azurerm_traffic_manager_profile": trafficManager,
	"azurerm_cdn_frontdoor_route":     frontDoorRoute,
	"azurerm_frontdoor":               frontDoorClassic,

	"azurerm_dns_a_record":             azureName,
	"azurerm_dns_aaaa_record":          azureName,
	"azurerm_dns_cname_record":         azureName,
	"azurerm_private_dns_a_record":     azureName,
	"azurerm_private_dns_aaaa_record":  azureName,
	"azurerm_private_dns_cname_record": azureName,

	"azurerm_lb":                  azureBalancer,
	"azurerm_application_gateway": azureBalancer,

	"azurerm_kubernetes_cluster":      azureCluster,
	"data.azurerm_kubernetes_cluster": azureCluster,

	"azurerm_mssql_database":             azureSQL,
	"azurerm_mssql_failover_group":       azureFailoverGroup,
	"azurerm_cosmosdb_account":           cosmosDB,
	"azurerm_postgresql_flexible_server": azureFlexibleServer,
	"azurerm_mysql_flexible_server":      azureFlexibleServer,
	"azurerm_storage_account":            azureStorage,
	"azurerm_redis_cache":                azureRedis,
	"azurerm_redis_linked_server":        azureRedisLink,
	"azurerm_container_registry":         azureRegistry,
	"azurerm_key_vault":                  azureVault,
	"azurerm_management_lock":            azureLock,
}
