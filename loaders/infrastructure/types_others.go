package infrastructure

// otherTypes are the resources of Cloudflare, NS1, Fastly and the HashiCorp Cloud Platform.
var otherTypes = map[string]adapter{
	"cloudflare_load_balancer": cloudflareBalancer,
	"cloudflare_record":        cloudflareName,
	"cloudflare_dns_record":    cloudflareName,

	"ns1_record": ns1Record,

	"fastly_service_vcl": fastlyService,

	"hcp_consul_cluster":      hcpConsul,
	"data.hcp_consul_cluster": hcpConsul,
}
