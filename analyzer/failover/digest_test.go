package failover

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// digested is a cell of which everything is said that its digest is made of.
func digested() *Cell {
	return &Cell{Answer: &Answer{
		Outcome: Degraded, FailingShare: 0.25,
		Before: []Destination{{Locality: "eu/a", Cluster: "eu", Service: "s", Share: 1, Encryption: "mtls"}},
		Destinations: []Destination{
			{Locality: "us/a", Cluster: "us", Service: "s", Share: 0.5, Encryption: "mtls"},
			{Locality: "us/b", Cluster: "us", Service: "s", Share: 0.25, Encryption: "mtls"},
		},
		Recovery: Recovery{Lower: time.Second, Upper: 11 * time.Second, Terms: []Term{
			{Name: "detect", Lower: time.Second, Upper: 10 * time.Second}, {Name: "connect", Upper: time.Second},
		}},
		Causes: []Cause{{Kind: CauseBound, Detail: "one"}, {Kind: CauseShortOf}},
	}}
}

func TestDigestFollowsThePredictionAlone(t *testing.T) {
	want := digested().Digest()
	if !strings.HasPrefix(want, "sha256:") || len(want) != len("sha256:")+64 {
		t.Fatalf("digest %q", want)
	}
	for name, change := range map[string]func(*Cell){
		"order of destinations": func(c *Cell) { slices.Reverse(c.Destinations) },
		"order of terms":        func(c *Cell) { slices.Reverse(c.Recovery.Terms) },
		"order of causes":       func(c *Cell) { slices.Reverse(c.Causes) },
		"line of a term":        func(c *Cell) { c.Recovery.Terms[0].Origin = mesh.Origin{Path: "/spec"} },
		"line of a cause":       func(c *Cell) { c.Causes[0].Origin = mesh.Origin{Path: "/spec"} },
		"a second line of one kind": func(c *Cell) {
			c.Causes = append(c.Causes, Cause{Kind: CauseBound, Origin: mesh.Origin{Path: "/spec"}})
		},
		"the words of a reason": func(c *Cell) { c.Reason, c.Causes[0].Detail = "why", "other" },
		"the trace":             func(c *Cell) { c.Trace = []string{"step"} },
		"an id of another cell": func(c *Cell) { c.Port = 8080 },
	} {
		c := digested()
		change(c)
		if got := c.Digest(); got != want {
			t.Errorf("%s changes the digest", name)
		}
	}
	seen := map[string]string{want: "nothing"}
	for name, change := range map[string]func(*Cell){
		"outcome":                   func(c *Cell) { c.Outcome = Lost },
		"failing share":             func(c *Cell) { c.FailingShare = 0.3 },
		"where requests went":       func(c *Cell) { c.Before[0].Locality = "eu/b" },
		"where requests go":         func(c *Cell) { c.Destinations[0].Locality = "us/c" },
		"the cluster they go to":    func(c *Cell) { c.Destinations[0].Cluster = "us2" },
		"the service they go to":    func(c *Cell) { c.Destinations[0].Service = "t" },
		"their share":               func(c *Cell) { c.Destinations[0].Share = 0.4 },
		"their protection":          func(c *Cell) { c.Destinations[0].Encryption = "plaintext" },
		"a destination from before": func(c *Cell) { c.Before = nil },
		"lower bound":               func(c *Cell) { c.Recovery.Lower = 2 * time.Second },
		"upper bound":               func(c *Cell) { c.Recovery.Upper = 2 * time.Minute },
		"a term's name":             func(c *Cell) { c.Recovery.Terms[1].Name = "retry" },
		"a term's value":            func(c *Cell) { c.Recovery.Terms[1].Upper = 2 * time.Second },
		"a cause":                   func(c *Cell) { c.Causes = c.Causes[:1] },
		"a cause's kind":            func(c *Cell) { c.Causes[0].Kind = CauseInert },
	} {
		c := digested()
		change(c)
		got := c.Digest()
		if other, known := seen[got]; known {
			t.Errorf("%s has the digest of a change of %s", name, other)
		}
		seen[got] = name
	}
}
