package generate

import "fmt"

var regions = [...]string{"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-northeast-1", "sa-east-1", "ca-central-1"}

// goneRegion is one that no cluster is in: the company left it.
const goneRegion = "us-west-1"

// cluster is a Kubernetes cluster, one region with its zones.
type cluster struct {
	index   int
	name    string
	region  string
	zones   []string
	network string // "" in a flat fleet
}

func newCluster(i int, o Options) *cluster {
	region := regions[i%len(regions)]
	c := &cluster{index: i, name: "prod-" + region, region: region}
	if n := i / len(regions); n > 0 {
		c.name = fmt.Sprintf("prod-%s-%d", region, n+1)
	}
	for z := range o.Zones {
		c.zones = append(c.zones, region+string(rune('a'+z)))
	}
	if !o.Flat {
		c.network = c.name + "-net"
	}
	return c
}

// namespace is a team's namespace, in every cluster.
type namespace struct {
	index int
	name  string
	// imports limits what the namespace knows: hosts of other namespaces, in order of first use.
	// It is meant to be written only if closed.
	closed  bool
	imports []string
}

func (n *namespace) imported(host string) {
	for _, h := range n.imports {
		if h == host {
			return
		}
	}
	n.imports = append(n.imports, host)
}

var teams = [...]string{
	"payments", "checkout", "catalog", "identity", "orders", "shipping", "search", "ledger", "inventory", "pricing",
	"notifications", "risk", "customers", "loyalty", "returns", "billing", "content", "marketing", "analytics", "support",
}

func namespaceName(i int) string { return numbered(teams[i%len(teams)], i/len(teams)) }

var nouns = [...]string{
	"account", "address", "audit", "balance", "basket", "batch", "card", "claim", "contract", "coupon", "credit", "customer",
	"delivery", "discount", "document", "event", "export", "feed", "fraud", "gift", "image", "import", "invoice", "item", "label",
	"limit", "login", "mail", "media", "message", "offer", "order", "partner", "payment", "price", "product", "profile", "quote",
	"rate", "receipt", "refund", "report", "review", "reward", "rule", "session", "stock", "tax", "token", "voucher", "wallet",
}

var roles = [...]string{"api", "service", "gateway", "worker", "store", "cache", "proxy", "engine", "router", "adapter", "index"}

// appName is the name of the i-th application of a namespace.
func appName(i int) string {
	name := nouns[i%len(nouns)] + "-" + roles[(i+i/len(nouns))%len(roles)]
	return numbered(name, i/(len(nouns)*len(roles)))
}

func numbered(name string, n int) string {
	if n == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, n+1)
}
