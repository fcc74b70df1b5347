package mesh

import "testing"

func TestSplitIdentity(t *testing.T) {
	for _, c := range []struct{ identity, domain, account string }{
		{"cluster.local/ns/shop/sa/web", "cluster.local", "ns/shop/sa/web"},
		{"consul/ns/default/dc/east/svc/pay", "consul", "ns/default/dc/east/svc/pay"},
		{"web.shop.serviceaccount.identity.linkerd.cluster.local", "cluster.local", "web.shop"},
		{"*.shop.serviceaccount.identity.linkerd.old.example", "old.example", "*.shop"},
		{"", "", ""},
	} {
		if domain, account := SplitIdentity(c.identity); domain != c.domain || account != c.account {
			t.Errorf("%q: domain %q and account %q, want %q and %q", c.identity, domain, account, c.domain, c.account)
		}
	}
}
