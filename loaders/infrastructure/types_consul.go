package infrastructure

// consulTypes are the resources of the Consul provider. What a peering leads to stands in no configuration: the config tells.
var consulTypes = map[string]adapter{
	"consul_config_entry":                    (*builder).configEntry,
	"consul_config_entry_service_resolver":   entryOf("service-resolver"),
	"consul_config_entry_service_splitter":   entryOf("service-splitter"),
	"consul_config_entry_service_router":     entryOf("service-router"),
	"consul_config_entry_service_defaults":   entryOf("service-defaults"),
	"consul_config_entry_service_intentions": entryOf("service-intentions"),
	"consul_prepared_query":                  (*builder).preparedQuery,
	"consul_intention":                       (*builder).intention,
}
