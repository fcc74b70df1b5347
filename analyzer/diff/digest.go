package diff

import (
	"hash/maphash"
	"math"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// digest sums up all that a survey tells of a service, in its order. Most services of two states are the same: nothing of them has to be
// kept. Two different services of one digest, of 64 bits, do not happen.
type digest struct {
	sum   uint64
	cells int

	asks      uint64 // of the last question
	scenarios map[*failover.Part]uint64
}

var seed = maphash.MakeSeed()

func (d *digest) of(x *failover.Surveyor, s *mesh.Service) {
	d.sum, d.cells = 0, 0
	if d.scenarios == nil {
		d.scenarios = map[*failover.Part]uint64{}
	}
	x.Service(s, d)
}

func (d *digest) mix(x uint64) {
	// The finaliser of SplitMix64 over the sum so far.
	x += d.sum + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	d.sum = x ^ x>>31
}

// Asks takes in who asks.
func (d *digest) Asks(q failover.Question, called bool) {
	d.asks = maphash.String(seed, q.Client.ID) ^ maphash.String(seed, q.Subset)*3 + uint64(q.Port)
	d.mix(d.asks)
	if called {
		d.mix(1)
	}
}

// Sees takes in a glance.
func (d *digest) Sees(_ *failover.Question, sc failover.Scenario, f failover.Fault, g failover.Glance) {
	d.cells++
	text := uint64(0)
	if !sc.IsNone() {
		part := &sc.Parts[0]
		known, ok := d.scenarios[part]
		if !ok {
			known = maphash.String(seed, sc.String())
			d.scenarios[part] = known
		}
		text = known
	}
	outcome := uint64(0)
	if len(g.Outcome) > 0 && len(f) > 0 {
		outcome = uint64(g.Outcome[0])<<16 | uint64(f[0])<<8 | uint64(failover.EncryptionRank(g.Encryption)) // their first letters differ
	}
	d.mix(text)
	d.mix(outcome)
	d.mix(math.Float64bits(g.Share))
	d.mix(uint64(g.Upper))
}
