package probe

import (
	"testing"

	"github.com/passmuster/muster/drill/record"
)

func TestWhoMayAnswer(t *testing.T) {
	m, rogue := newMesh(t), newMesh(t)
	address := serve(t, m.server)
	for name, tc := range map[string]struct {
		change func(*TLS)
		ok     bool
		root   bool
	}{
		"the id":                  {func(*TLS) {}, true, true},
		"below its namespace":     {func(c *TLS) { c.Peers = []string{"spiffe://mesh/ns/shop/"} }, true, true},
		"another id":              {func(c *TLS) { c.Peers = []string{"spiffe://mesh/ns/shop/sa/pa"} }, false, true},
		"another trust domain":    {func(c *TLS) { c.Peers = []string{"spiffe://mes/"} }, false, true},
		"the name":                {func(c *TLS) { c.Verify = VerifyName }, true, true},
		"another name":            {func(c *TLS) { c.Verify, c.ServerName = VerifyName, "cart.shop" }, false, false},
		"anybody of the roots":    {func(c *TLS) { c.Verify = VerifyChain }, true, true},
		"nobody of other roots":   {func(c *TLS) { c.Verify, c.Roots = VerifyChain, rogue.ca.pool() }, false, false},
		"anybody, proves nothing": {func(c *TLS) { c.Verify, c.Roots = VerifyNothing, rogue.ca.pool() }, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			secure := m.client
			tc.change(&secure)
			s := ask(t, at(Handshake, address, &secure))
			if s.OK != tc.ok || s.OK == (s.Err == record.ErrTLS) {
				t.Errorf("ok %v (%s %s), want %v", s.OK, s.Err, s.Detail, tc.ok)
			}
			// Who was refused is evidence, too.
			if s.Identity.SPIFFE != payID {
				t.Errorf("identity %+v", s.Identity)
			}
			if tc.ok && (s.Identity.Root != "") != tc.root {
				t.Errorf("root %q", s.Identity.Root)
			}
		})
	}
}
