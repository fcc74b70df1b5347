package infrastructure

// azureTypes are the resources of the provider azurerm.
var azureTypes = map[string]adapter{}
