package infrastructure

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

const cloudflareParts = `
provider "aws" { region = "us-east-1" }
resource "cloudflare_zone" "z" { name = "example.com" }
resource "aws_eip" "east" {}
`

func TestCloudflare(t *testing.T) {
	runCloud(t, recordRows, []cloudCase{
		{"pools in their order, version 5", cloudflareParts + `
resource "cloudflare_load_balancer_monitor" "m" {
  type     = "https"
  interval = 60
  timeout  = 5
  retries  = 2
}
resource "cloudflare_load_balancer_pool" "east" {
  name    = "east"
  origins = [{ name = "a", address = aws_eip.east.public_ip }]
  monitor = cloudflare_load_balancer_monitor.m.id
}
resource "cloudflare_load_balancer_pool" "west" {
  name    = "west"
  origins = [{ name = "b", address = "pay-1.us-west-2.elb.amazonaws.com" }]
  enabled = false
}
resource "cloudflare_load_balancer_pool" "last" {
  name    = "last"
  origins = [{ name = "c", address = "192.0.2.1" }]
  monitor = cloudflare_load_balancer_monitor.m.id
}
resource "cloudflare_load_balancer" "lb" {
  zone_id         = cloudflare_zone.z.id
  name            = "pay.example.com"
  default_pools   = [cloudflare_load_balancer_pool.east.id, cloudflare_load_balancer_pool.west.id]
  fallback_pool   = cloudflare_load_balancer_pool.last.id
  steering_policy = "off"
  proxied         = true
}`, `
cloudflare_load_balancer.lb host=pay.example.com policy=ordered ttl=0s
  0 east -> ? in=us-east-1 check=http[1x1m0s+15s]
  1 west -> pay-1.us-west-2.elb.amazonaws.com in=us-west-2 enabled=false check=none
  2 last -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none`},

		{"pools of places, version 4", cloudflareParts + `
resource "cloudflare_load_balancer_pool" "p" {
  for_each = { eu = "a.westeurope.cloudapp.azure.com", us = "a.eastus.cloudapp.azure.com" }
  name     = each.key
  origins {
    name    = "o"
    address = each.value
  }
}
resource "cloudflare_load_balancer" "lb" {
  zone_id          = cloudflare_zone.z.id
  name             = "pay.example.com"
  default_pool_ids = [cloudflare_load_balancer_pool.p["us"].id]
  fallback_pool_id = cloudflare_load_balancer_pool.p["us"].id
  region_pools {
    region   = "WEU"
    pool_ids = [cloudflare_load_balancer_pool.p["eu"].id, cloudflare_load_balancer_pool.p["us"].id]
  }
}`, `
cloudflare_load_balancer.lb host=pay.example.com policy=divided ttl=30s
  0 eu -> a.westeurope.cloudapp.azure.com in=westeurope for=region WEU check=none
  1 us -> a.eastus.cloudapp.azure.com in=eastus for=region WEU check=none
  0 us -> a.eastus.cloudapp.azure.com in=eastus for=* check=none`},

		{"pools of places, version 5", cloudflareParts + `
resource "cloudflare_load_balancer_pool" "p" {
  name    = "p"
  origins = [{ name = "o", address = "a.eastus.cloudapp.azure.com" }]
}
resource "cloudflare_load_balancer" "lb" {
  zone_id         = cloudflare_zone.z.id
  name            = "pay.example.com"
  default_pools   = [cloudflare_load_balancer_pool.p.id]
  fallback_pool   = cloudflare_load_balancer_pool.p.id
  steering_policy = "geo"
  country_pools   = { DE = [cloudflare_load_balancer_pool.p.id] }
}`, `
cloudflare_load_balancer.lb host=pay.example.com policy=divided ttl=30s
  0 p -> a.eastus.cloudapp.azure.com in=eastus for=country DE check=none
  0 p -> a.eastus.cloudapp.azure.com in=eastus for=* check=none`},

		{"nobody knows the pools, the steering, the monitor, the origins or the times", cloudflareParts + `
variable "v" {}
resource "cloudflare_load_balancer_monitor" "m" { interval = var.v }
resource "cloudflare_load_balancer_pool" "a" {
  name    = "a"
  origins = var.v
  monitor = var.v
}
resource "cloudflare_load_balancer_pool" "b" {
  count   = var.v
  name    = "b"
  origins = [{ name = "o", address = var.v }, { name = "p", address = "192.0.2.1", enabled = var.v }]
  monitor = cloudflare_load_balancer_monitor.m.id
}
resource "cloudflare_load_balancer" "steering" {
  name            = "a.example.com"
  default_pools   = [cloudflare_load_balancer_pool.a.id, var.v]
  fallback_pool   = var.v
  steering_policy = var.v
  proxied         = var.v
}
resource "cloudflare_load_balancer" "pools" {
  name          = var.v
  default_pools = [cloudflare_load_balancer_pool.b[0].id]
  fallback_pool = var.v
}
resource "cloudflare_load_balancer" "list" {
  name          = "c.example.com"
  default_pools = var.v
  fallback_pool = cloudflare_load_balancer_pool.a.id
}`, `
cloudflare_load_balancer.list host=c.example.com policy=ordered ttl=30s open=variable v has no value
  0 a -> record cloudflare_load_balancer_pool.a in=?(it has no origins) check=none
cloudflare_load_balancer.pools cause=variable v has no value policy=ordered ttl=30s open=variable v has no value
  0 pool -> ? in=?(count of cloudflare_load_balancer_pool.b is not known; variable v has no value; computed: cloudflare_load_balancer_pool.b[?].id) enabled=?(count of cloudflare_load_balancer_pool.b is not known; variable v has no value; computed: cloudflare_load_balancer_pool.b[?].id) check=?(count of cloudflare_load_balancer_pool.b is not known; variable v has no value; computed: cloudflare_load_balancer_pool.b[?].id)
cloudflare_load_balancer.steering host=a.example.com policy=another ttl=?(variable v has no value) open=variable v has no value
  0 a -> record cloudflare_load_balancer_pool.a in=?(it has no origins) check=?(variable v has no value)
  0 pool -> ? in=?(variable v has no value) enabled=?(variable v has no value) check=?(variable v has no value)`},

		{"records", cloudflareParts + `
variable "v" {}
resource "cloudflare_load_balancer_pool" "p" {
  name    = "p"
  origins = [{ name = "o", address = "192.0.2.1" }]
}
resource "cloudflare_load_balancer" "lb" {
  name          = "lb.example.com"
  default_pools = [cloudflare_load_balancer_pool.p.id]
  fallback_pool = cloudflare_load_balancer_pool.p.id
}
resource "cloudflare_dns_record" "lb" {
  zone_id = cloudflare_zone.z.id
  name    = "www"
  type    = "CNAME"
  ttl     = 1
  content = cloudflare_load_balancer.lb.name
}
resource "cloudflare_record" "old" {
  zone_id = cloudflare_zone.z.id
  name    = "@"
  type    = "A"
  value   = "192.0.2.1"
  proxied = true
}
resource "cloudflare_record" "unknown" {
  zone_id = var.v
  name    = "x"
  type    = "A"
  value   = var.v
  ttl     = var.v
}
resource "cloudflare_dns_record" "text" {
  zone_id = cloudflare_zone.z.id
  name    = "t"
  type    = "TXT"
  content = "x"
}`, `
cloudflare_dns_record.lb host=www.example.com zone=example.com policy=single ttl=30s
  0 p -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none
cloudflare_load_balancer.lb host=lb.example.com policy=single ttl=30s
  0 p -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none
cloudflare_record.old host=example.com zone=example.com policy=single ttl=0s
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none
cloudflare_record.unknown cause=the name of its zone is not in the inputs policy=single ttl=?(variable v has no value)
  0 unknown -> ? in=?(what it leads to is not in the inputs) check=none`},
	})
}

// The origins of a pool are members of a record behind it, each with a check of its own; those of the only pool are members themselves.
func TestCloudflarePoolOrigins(t *testing.T) {
	const pool = `
variable "w" {}
resource "cloudflare_load_balancer_monitor" "m" {
  type             = "tcp"
  interval         = 30
  consecutive_down = 2
}
resource "cloudflare_load_balancer_pool" "p" {
  name    = "p"
  monitor = cloudflare_load_balancer_monitor.m.id
  origins {
    name    = "a"
    address = "a.westeurope.cloudapp.azure.com"
    weight  = 0.5
  }
  origins {
    name    = "b"
    address = "b.eastus.cloudapp.azure.com"
    weight  = var.w
    enabled = false
  }
}
resource "cloudflare_load_balancer_pool" "q" {
  name    = "q"
  origins { address = "192.0.2.1" }
}
`
	const origins = `
  0 a -> a.westeurope.cloudapp.azure.com in=westeurope weight=500 check=tcp[2x30s+15s]
  0 b -> b.eastus.cloudapp.azure.com in=eastus weight=?(variable w has no value) enabled=false check=tcp[2x30s+15s]`
	runCloud(t, recordRows, []cloudCase{{"the only pool", pool + `
resource "cloudflare_load_balancer" "lb" {
  name             = "pay.example.com"
  default_pool_ids = [cloudflare_load_balancer_pool.p.id]
  fallback_pool_id = cloudflare_load_balancer_pool.p.id
}`, "cloudflare_load_balancer.lb host=pay.example.com policy=shared ttl=30s" + origins}})
	m := build(t, pool+`
resource "cloudflare_load_balancer" "lb" {
  name             = "pay.example.com"
  default_pool_ids = [cloudflare_load_balancer_pool.p.id, cloudflare_load_balancer_pool.q.id]
  fallback_pool_id = cloudflare_load_balancer_pool.q.id
}`).Records[0].Members[0]
	if got := valued(m.Region); got != "?(its origins are in several regions)" {
		t.Errorf("the pool is in %s", got)
	}
	want := "prod/cloudflare_load_balancer_pool.p cause=no name leads to its address policy=shared ttl=30s" + origins
	if got := strings.TrimSpace(recordRows(&Output{Records: []*mesh.Record{m.Next}})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	a, b := m.Next.Members[0].Check.V, m.Next.Members[1].Check.V
	if a.ID == b.ID {
		t.Errorf("both origins share the check %q, and would go down together", a.ID)
	}
}

const ns1Parts = `
resource "ns1_datasource" "s" { sourcetype = "nsone_monitoring" }
resource "ns1_monitoringjob" "j" {
  for_each      = { east = "east.example.net", west = "west.example.net" }
  name          = each.key
  active        = true
  job_type      = "tcp"
  frequency     = 30
  rapid_recheck = true
  config        = { host = each.value, port = 443 }
}
resource "ns1_datafeed" "f" {
  for_each  = ns1_monitoringjob.j
  source_id = ns1_datasource.s.id
  config    = { jobid = each.value.id }
}
resource "ns1_datafeed" "east" {
  source_id = ns1_datasource.s.id
  config    = { jobid = ns1_monitoringjob.j["east"].id }
}
resource "ns1_datafeed" "west" {
  source_id = ns1_datasource.s.id
  config    = { jobid = ns1_monitoringjob.j["west"].id }
}
`

func TestNS1(t *testing.T) {
	runCloud(t, recordRows, []cloudCase{
		{"up before the cut", ns1Parts + `
resource "ns1_record" "r" {
  zone   = "example.com"
  domain = "pay.example.com"
  type   = "CNAME"
  ttl    = 60
  answers {
    answer = "east.example.net"
    meta   = { up = jsonencode({ feed = ns1_datafeed.east.id }) }
  }
  answers {
    answer = "west.example.net"
    meta   = { up = "{\"feed\":\"${ns1_datafeed.west.id}\"}" }
  }
  filters { filter = "up" }
  filters {
    filter = "select_first_n"
    config = { N = 1 }
  }
}`, `
ns1_record.r host=pay.example.com zone=example.com policy=ordered ttl=1m0s
  0 east.example.net -> east.example.net in=?(what it leads to is not in the inputs) check=tcp[1x30s+1s] disabled=false watches=east.example.net
  1 west.example.net -> west.example.net in=?(what it leads to is not in the inputs) check=tcp[1x30s+1s] disabled=false watches=west.example.net`},

		{"up after the cut, up that is switched off, literals", ns1Parts + `
resource "ns1_record" "late" {
  zone   = "example.com"
  domain = "late.example.com"
  type   = "A"
  ttl    = 60
  answers {
    answer = "192.0.2.1"
    meta   = { up = jsonencode({ feed = ns1_datafeed.east.id }) }
  }
  answers { answer = "192.0.2.2" }
  filters { filter = "select_first_n" }
  filters { filter = "up" }
}
resource "ns1_record" "literal" {
  zone   = "example.com"
  domain = "literal.example.com"
  type   = "A"
  ttl    = 60
  answers {
    answer = "192.0.2.1"
    meta   = { up = true }
  }
  answers {
    answer = "192.0.2.2"
    meta   = { up = "false" }
  }
  filters { filter = "up" }
  filters { filter = "select_first_n" }
}
resource "ns1_record" "off" {
  zone   = "example.com"
  domain = "off.example.com"
  type   = "A"
  ttl    = 60
  meta   = { up = jsonencode({ feed = ns1_datafeed.east.id }) }
  answers { answer = "192.0.2.1" }
  answers { answer = "192.0.2.2" }
  filters {
    filter   = "up"
    disabled = true
  }
  filters { filter = "select_first_n" }
}`, `
ns1_record.late host=late.example.com zone=example.com policy=ordered ttl=1m0s
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none
  1 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) check=none
ns1_record.literal host=literal.example.com zone=example.com policy=ordered ttl=1m0s
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none
  1 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) enabled=false check=none
ns1_record.off host=off.example.com zone=example.com policy=ordered ttl=1m0s
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none
  1 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) check=none`},

		{"shuffled by weight, nearest, by priority", ns1Parts + `
resource "ns1_record" "shuffle" {
  zone   = "example.com"
  domain = "shuffle.example.com"
  type   = "A"
  ttl    = 60
  meta   = { up = jsonencode({ feed = ns1_datafeed.east.id }) }
  answers {
    answer = "192.0.2.1"
    meta   = { weight = 2.5 }
  }
  answers {
    answer = "192.0.2.2"
    meta   = { weight = 1 }
  }
  filters { filter = "up" }
  filters { filter = "weighted_shuffle" }
  filters { filter = "select_first_n" }
}
resource "ns1_record" "near" {
  zone    = "example.com"
  domain  = "near.example.com"
  type    = "A"
  ttl     = 60
  answers = [{ answer = "192.0.2.1", region = "eu" }, { answer = "192.0.2.2", region = "us" }]
  filters = [{ filter = "up" }, { filter = "geotarget_country" }, { filter = "select_first_n" }]
  regions {
    name = "eu"
    meta = { country = "DE", up = jsonencode({ feed = ns1_datafeed.west.id }) }
  }
}
resource "ns1_record" "priority" {
  zone   = "example.com"
  domain = "priority.example.com"
  type   = "A"
  ttl    = 60
  answers {
    answer = "192.0.2.2"
    meta   = { priority = 2 }
  }
  answers {
    answer = "192.0.2.1"
    meta   = { priority = 1 }
  }
  filters { filter = "up" }
  filters { filter = "priority" }
  filters { filter = "select_first_n" }
}`, `
ns1_record.near host=near.example.com zone=example.com policy=nearest ttl=1m0s
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=tcp[1x30s+1s] disabled=false watches=west.example.net
  0 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) check=none
ns1_record.priority host=priority.example.com zone=example.com policy=ordered ttl=1m0s
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=none
  1 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) check=none
ns1_record.shuffle host=shuffle.example.com zone=example.com policy=shared ttl=1m0s
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) weight=2500 check=tcp[1x30s+1s] disabled=false watches=east.example.net
  0 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) weight=1000 check=tcp[1x30s+1s] disabled=false watches=east.example.net`},

		{"nobody knows the filters, the feed, the times or the answers", `
variable "v" {}
resource "ns1_monitoringjob" "j" {
  active    = true
  job_type  = "tcp"
  frequency = var.v
  config    = { host = "x" }
}
resource "ns1_datafeed" "f" { config = { jobid = ns1_monitoringjob.j.id } }
resource "ns1_record" "filters" {
  zone   = "example.com"
  domain = "a.example.com"
  type   = "A"
  answers { answer = "192.0.2.1" }
  answers { answer = "192.0.2.2" }
  filters { filter = var.v }
}
resource "ns1_record" "feed" {
  zone   = "example.com"
  domain = var.v
  type   = "A"
  ttl    = var.v
  answers {
    answer = var.v
    meta   = { up = var.v }
  }
  answers {
    answer = "192.0.2.2"
    meta   = { up = jsonencode({ feed = ns1_datafeed.f.id }) }
  }
  answers {
    answer = "192.0.2.3"
    meta   = { up = "{\"feed\": \"5a1b\"}" }
  }
  filters { filter = "up" }
  filters { filter = "select_first_n" }
}
resource "ns1_record" "answers" {
  zone    = "example.com"
  domain  = "c.example.com"
  type    = "A"
  ttl     = 60
  answers = var.v
}`, `
ns1_record.answers host=c.example.com zone=example.com policy=any ttl=1m0s open=variable v has no value
ns1_record.feed cause=variable v has no value zone=example.com policy=ordered ttl=?(variable v has no value)
  0 answer 0 -> ? in=?(what it leads to is not in the inputs) check=?(variable v has no value)
  1 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) check=?(variable v has no value)
  2 192.0.2.3 -> 192.0.2.3 in=?(what it leads to is not in the inputs) check=?(the feed is not in the inputs)
ns1_record.filters host=a.example.com zone=example.com policy=another ttl=?(it is that of its zone)
  0 192.0.2.1 -> 192.0.2.1 in=?(what it leads to is not in the inputs) check=?(its filters are not understood)
  0 192.0.2.2 -> 192.0.2.2 in=?(what it leads to is not in the inputs) check=?(its filters are not understood)`},
	})
}

func TestFastly(t *testing.T) {
	runCloud(t, recordRows, []cloudCase{
		{"a director that one backend keeps up, two domains", `
resource "fastly_service_vcl" "s" {
  domain { name = "pay.example.com" }
  domain { name = "shop.example.com" }
  healthcheck {
    name           = "hc"
    check_interval = 10000
    timeout        = 2000
    window         = 5
    threshold      = 3
  }
  backend {
    name        = "east"
    address     = "a.eastus.cloudapp.azure.com"
    healthcheck = "hc"
  }
  backend {
    name    = "west"
    address = "b.westus.cloudapp.azure.com"
  }
  director {
    name     = "d"
    quorum   = 50
    backends = ["east", "west"]
  }
}`, `
fastly_service_vcl.s host=pay.example.com policy=shared ttl=0s
  0 east -> a.eastus.cloudapp.azure.com in=eastus weight=100 check=http[3x10s+2s]
  0 west -> b.westus.cloudapp.azure.com in=westus weight=100 check=none
fastly_service_vcl.s shop.example.com host=shop.example.com policy=shared ttl=0s
  0 east -> a.eastus.cloudapp.azure.com in=eastus weight=100 check=http[3x10s+2s]
  0 west -> b.westus.cloudapp.azure.com in=westus weight=100 check=none`},

		{"a director that is down with one of two; code chooses; nobody knows", `
variable "v" {}
resource "fastly_service_vcl" "quorum" {
  domain { name = "a.example.com" }
  backend {
    name    = "east"
    address = "192.0.2.1"
  }
  backend {
    name    = "west"
    address = "192.0.2.2"
  }
  director {
    name     = "d"
    backends = ["east", "west"]
  }
}
resource "fastly_service_vcl" "snippet" {
  domain { name = "b.example.com" }
  backend {
    name    = "east"
    address = "192.0.2.1"
  }
  snippet {
    name = "s"
    type = "recv"
  }
}
resource "fastly_service_vcl" "unknown" {
  domain { name = var.v }
  backend {
    name             = "east"
    address          = var.v
    healthcheck      = var.v
    auto_loadbalance = true
  }
  backend {
    name             = "west"
    address          = "192.0.2.2"
    weight           = var.v
    auto_loadbalance = true
  }
}`, `
fastly_service_vcl.quorum host=a.example.com policy=another ttl=0s
  0 east -> 192.0.2.1 in=?(what it leads to is not in the inputs) weight=100 check=none
  0 west -> 192.0.2.2 in=?(what it leads to is not in the inputs) weight=100 check=none
fastly_service_vcl.snippet host=b.example.com policy=another ttl=0s
  0 east -> 192.0.2.1 in=?(what it leads to is not in the inputs) weight=100 check=none
fastly_service_vcl.unknown cause=variable v has no value policy=shared ttl=0s
  0 east -> ? in=?(what it leads to is not in the inputs) weight=100 check=?(variable v has no value)
  0 west -> 192.0.2.2 in=?(what it leads to is not in the inputs) weight=?(variable v has no value) check=none`},
	})
}

func TestHCPConsul(t *testing.T) {
	runCloud(t, clusterRows, []cloudCase{{"in the region of its network", `
variable "v" {}
resource "hcp_hvn" "h" { region = "us-west-2" }
resource "hcp_consul_cluster" "a" {
  cluster_id = "a"
  datacenter = "dc1"
  hvn_id     = hcp_hvn.h.hvn_id
}
resource "hcp_consul_cluster" "b" {
  cluster_id = "b"
  hvn_id     = var.v
}`, `
hcp_consul_cluster.a name=dc1 in=us-west-2
hcp_consul_cluster.b name=b in=?(its network is not in the inputs)`}})
}
