package imports

import (
	"fmt"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// ledger passes what a reader finds on to the sink, and counts. It is used by one goroutine.
type ledger struct {
	sink  observe.Sink
	sum   *Summary
	kinds map[string]*kind
	order []string
}

// kind counts notes that say the same.
type kind struct{ told, more, lost int }

func newLedger(sink observe.Sink, sum *Summary) *ledger {
	return &ledger{sink: sink, sum: sum, kinds: map[string]*kind{}}
}

// note tells of a line, or counts it where enough of the kind were told. lost is how much was left out for it.
func (l *ledger) note(line int, text string, lost int) error {
	k := l.kinds[text]
	if k == nil && len(l.order) >= maxKinds {
		text = "more kinds of notes are not told one by one"
		k = l.kinds[text]
	}
	if k == nil {
		k = &kind{}
		l.kinds[text] = k
		l.order = append(l.order, text)
	}
	if k.told >= maxNotes {
		k.more++
		k.lost += lost
		return nil
	}
	k.told++
	return l.tell(observe.Note{Line: line, Text: text, Lost: lost})
}

// unreadable tells of a line that was left out.
func (l *ledger) unreadable(line int, why string) error {
	l.sum.Unreadable++
	return l.note(line, why, 1)
}

// rest tells how often notes of a kind would have been repeated.
func (l *ledger) rest() error {
	for _, text := range l.order {
		k := l.kinds[text]
		if k.more == 0 {
			continue
		}
		if err := l.tell(observe.Note{Text: fmt.Sprintf("%s (and %d more like this)", text, k.more), Lost: k.lost}); err != nil {
			return err
		}
	}
	return nil
}

func (l *ledger) tell(n observe.Note) error {
	n.Text = record.Clip(n.Text, record.MaxText)
	l.sum.Notes = append(l.sum.Notes, n)
	return l.sink.Note(n)
}

func (l *ledger) request(r *observe.Request) error {
	l.sum.Requests++
	l.sum.span(r.Start, r.End)
	return l.sink.Request(*r)
}

func (l *ledger) count(c observe.Count) error {
	l.sum.Counts++
	l.sum.span(c.From, c.To)
	return l.sink.Count(c)
}

func (l *ledger) state(s observe.State) error {
	l.sum.States++
	l.sum.span(s.At, s.At)
	return l.sink.State(s)
}

func (l *ledger) event(e observe.Event) error {
	l.sum.Events++
	l.sum.span(e.From, e.To)
	return l.sink.Event(e)
}

func (l *ledger) missed(m observe.Missed) error {
	l.sum.Missed += int64(m.Count)
	l.sum.span(m.At, m.At)
	return l.sink.Missed(m)
}
