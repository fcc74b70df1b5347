package infrastructure

// awsTypes are the resources of the AWS provider.
var awsTypes = map[string]adapter{}
