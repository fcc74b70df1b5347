package linkerd

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestEndpointsAreOrderedByTheTextsOfTheirAddresses(t *testing.T) {
	for _, c := range []struct{ name, given, want string }{
		{"one", "10.0.0.1:80", "10.0.0.1:80/0"},
		{"as texts, not as numbers", "10.0.0.9:80 10.0.0.10:80", "10.0.0.10:80/1 10.0.0.9:80/0"},
		{"a circle of all", "10.0.0.2:80 10.0.0.3:80 10.0.0.4:80 10.0.0.1:80", "10.0.0.1:80/3 10.0.0.2:80/0 10.0.0.3:80/1 10.0.0.4:80/2"},
		{"two circles and one that stays", "10.0.0.2:80 10.0.0.1:80 10.0.0.3:80 10.0.0.5:80 10.0.0.4:80", "10.0.0.1:80/1 10.0.0.2:80/0 10.0.0.3:80/2 10.0.0.4:80/4 10.0.0.5:80/3"},
		{"the last of one address counts", "10.0.0.2:80 10.0.0.1:80 10.0.0.2:80 10.0.0.1:80", "10.0.0.1:80/3 10.0.0.2:80/2"},
		{"ports are part of the text", "10.0.0.1:8080 10.0.0.1:80 [fd00::1]:80", "10.0.0.1:80/1 10.0.0.1:8080/0 [fd00::1]:80/2"},
	} {
		var list []Endpoint
		for i, addr := range strings.Fields(c.given) {
			list = append(list, Endpoint{Addr: netip.MustParseAddrPort(addr), Weight: uint32(i)})
		}
		var got []string
		for _, e := range byAddress(list) {
			got = append(got, fmt.Sprintf("%s/%d", e.Addr, e.Weight))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", c.name, text, c.want)
		}
	}
}
