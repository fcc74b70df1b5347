package infrastructure

// otherTypes are the resources of providers that have a few of them: Cloudflare, NS1, Fastly, HCP.
var otherTypes = map[string]adapter{}
