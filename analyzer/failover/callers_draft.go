package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// callersDraft is what it takes to group the callers of one service; its memory serves one service after the other.
type callersDraft struct {
	list  []candidate
	seats []callerSeat // by seat
	// admitted are the verdicts of the service's policies, by the number of the identity; "" = not asked yet.
	admitted []string
	// kinds number what the seats of callers tell about them, so that keys of groups are short.
	kinds  map[callerTold]int
	groups map[callerKey]*callerClass
}

// callerSeat is what all candidates of one seat are told of the service.
type callerSeat struct {
	view    *mesh.View
	told    int
	known   bool
	blind   bool // does not see the service
	ordered bool // labels may order its endpoints
}

type callerTold struct {
	class, cluster, network string
	kind                    mesh.ClientKind
}

// callerKey is what the members of a class of callers have in common.
type callerKey struct {
	told, place      int
	admitted, labels string
}

// callerClass is a class of callers while members are still being added.
type callerClass struct {
	mesh.Client
	view                 *mesh.View
	namespaces, accounts bool // more than one
}

func newCallersDraft() *callersDraft {
	return &callersDraft{kinds: map[callerTold]int{}, groups: map[callerKey]*callerClass{}}
}

// begin makes room for so many seats, and for so many identities where policies look at them.
func (d *callersDraft) begin(seats, identities int) {
	d.seats = slices.Grow(d.seats[:0], seats)[:seats]
	clear(d.seats)
	d.admitted = slices.Grow(d.admitted[:0], identities)[:identities]
	clear(d.admitted)
}

// admits is what the policies of a service say to a caller. They look at its namespace and identity alone.
func (d *callersDraft) admits(s *mesh.Service, c candidate) string {
	if c.who == 0 {
		return admitted(s, c.Client)
	}
	at := &d.admitted[c.who-1]
	if *at == "" {
		*at = admitted(s, c.Client)
	}
	return *at
}

// giveBack lets go of what was drafted.
func (d *callersDraft) giveBack(x *callers) {
	clear(d.kinds)
	clear(d.groups)
	clear(d.seats)
	clear(d.list)
	x.drafts.Put(d)
}
