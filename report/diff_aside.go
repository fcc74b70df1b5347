package report

import (
	"cmp"
	"fmt"
	"slices"
)

// mostAside is how many entries are shown of what predictions take no notice of.
const mostAside = 5

// aside are things of the head that predictions take no notice of, and that the base does not have. Where they stand in a file does not
// matter: what moved is not new.
func (d *Diff) aside() (list []NotUnderstood) {
	type key struct{ kind, message, file string }
	of := func(n *NotUnderstood) key { return key{n.Kind, n.Message, n.Position.At().File} }
	was := map[key]int{}
	for i := range d.Base.Inputs.NotUnderstood {
		was[of(&d.Base.Inputs.NotUnderstood[i])]++
	}
	var elsewhere map[key]int // those that no file of the base has any more, by what they are
	for _, n := range d.Head.Inputs.NotUnderstood {
		if k := of(&n); was[k] > 0 {
			was[k]--
			continue
		}
		list = append(list, n)
	}
	for k, left := range was {
		if left > 0 {
			if elsewhere == nil {
				elsewhere = map[key]int{}
			}
			elsewhere[key{k.kind, k.message, ""}] += left
		}
	}
	list = slices.DeleteFunc(list, func(n NotUnderstood) bool {
		k := key{n.Kind, n.Message, ""}
		if elsewhere[k] == 0 {
			return false
		}
		elsewhere[k]--
		return true
	})
	slices.SortStableFunc(list, func(a, b NotUnderstood) int {
		return cmp.Or(a.Position.At().Compare(b.Position.At()), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(list, func(a, b NotUnderstood) bool { return of(&a) == of(&b) }) // a file of several clusters
}

const (
	asideTitle = "Not predicted"
	asideHint  = "new, may have a say, and predictions take no notice of it"
)

// aside tells what is new and not predicted.
func (p *diffPrinter) aside() {
	list := p.d.aside()
	if len(list) == 0 {
		return
	}
	p.title(asideTitle, asideHint)
	shown := p.most(mostAside, len(list))
	for i := range list[:shown] {
		p.paragraph("  ", list[i].Position.At().String())
		p.paragraph("    ", list[i].Message)
	}
	if rest := len(list) - shown; rest > 0 {
		p.more(fmt.Sprintf("%d more", rest), "-o json has all")
	}
}

func (m *diffPage) aside() {
	list := m.d.aside()
	items := make([]string, len(list))
	for i := range list {
		items[i] = fmt.Sprintf("- %s %s\n", codeSpan(upTo(list[i].Position.At().String(), longestCell)), prose(upTo(list[i].Message, longestCell)))
	}
	m.list(unfolding(asideTitle, asideHint, true), items, folded, "entry that is not predicted")
}
