package failover

import (
	"context"
	"slices"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// Survey tells of every cell of a matrix as much as is known without explaining it: a small part of what explaining
// all of them costs. Rows are shared by all surveyors.
type Survey struct {
	model    *Model
	o        Options
	services []*mesh.Service
	blasts   []*Blast
	shared   *rows
	begun    sync.Once
}

// Survey prepares one. Explain, Keep, Spare and Traces of the options have no say in it.
func (m *Model) Survey(o Options) *Survey {
	o.fill(m)
	o.Traces, o.Keep = false, nil
	o.Explain = func(*mesh.Service, Scenario, Fault) bool { return false }
	o.Spare = func(*mesh.Service, Scenario, Fault, Glance) bool { return true } // rows tell exposures
	services, blasts := o.plan(m)
	return &Survey{model: m, o: o, services: services, blasts: blasts, shared: newRows(m, blasts)}
}

// Surveyor looks at one service after the other, on one goroutine.
type Surveyor struct {
	w      *worker
	blasts []*Blast
}

// Surveyor begins; the surveyor ends early when ctx does.
func (s *Survey) Surveyor(ctx context.Context) *Surveyor {
	s.begun.Do(func() { s.model.ahead(ctx, &s.o, s.services, s.blasts, s.shared) })
	w := newWorker(ctx, s.model, &s.o, s.blasts, s.shared)
	w.surveys = true
	return &Surveyor{w: w, blasts: s.blasts}
}

// Looker is told what a surveyor sees of a service. Cells of a question come after it.
type Looker interface {
	// Asks is told who asks what, and whether they get through on a normal day: those that policies refuse even then have no cells.
	Asks(q Question, called bool)
	// Sees is told a glance at a cell. Its upper bound is told whether or not the service has an RTO; what is lost or unknown has
	// neither encryption nor bound. Scenarios of one survey share their parts.
	Sees(q *Question, sc Scenario, f Fault, g Glance)
}

// Service takes a glance at every cell of a service.
func (x *Surveyor) Service(s *mesh.Service, to Looker) {
	x.w.met = to.Asks
	x.w.seen = func(q *asked, f *asking, g Glance) {
		if g.Outcome == Lost || g.Outcome == Unknown {
			g.Encryption, g.Upper = "", 0 // no request is left to protect, or nobody knows
		}
		to.Sees(&q.Question, f.blast.Scenario, f.fault, g)
	}
	x.w.evaluateService(s, x.blasts, func(*asked, *asking, *Answer) bool { return false })
}

// encryptions are what protects requests, the better first. Of several shares the last counts.
var encryptions = [...]string{"", "mtls", "tls", "unknown", "plaintext"}

// EncryptionRank orders what protects requests from the best (mtls, 1) to the worst (plaintext, 4); 0 is that of no requests.
func EncryptionRank(encryption string) int { return max(0, slices.Index(encryptions[:], encryption)) }

// Weakest is the encryption of the least protected destination, "" where there is none.
func Weakest(list []Destination) string {
	worst := 0
	for i := range list {
		worst = max(worst, EncryptionRank(list[i].Encryption))
	}
	return encryptions[worst]
}

// glanceAt is what an answer tells at a glance.
func glanceAt(a *Answer) Glance {
	return Glance{Outcome: a.Outcome, Share: a.FailingShare, Exposed: a.exposed, Hidden: a.hidden, Encryption: encryptions[a.weakest], Upper: a.Recovery.Upper}
}
