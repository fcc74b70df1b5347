package helm

// activity is one run of one site.
type activity struct {
	site   *site
	reads  []Read
	pieces []*piece
	uses   []*activity // what it takes from variables

	through []collection // for a range: what it may go through
	round   int
	elems   []Read // the element that a range is at
}

// collection is a list or mapping of the values.
type collection struct {
	path  string
	value any
}

const maxUses = 6 // variables made of variables

func (a *activity) allPieces(to []*piece, depth int) []*piece {
	to = append(to, a.pieces...)
	for _, u := range a.uses {
		if u != a && depth < maxUses && len(to) < maxReads {
			to = u.allPieces(to, depth+1)
		}
	}
	return to
}

func (a *activity) allReads(to []Read, depth int) []Read {
	to = addReads(to, a.reads...)
	for _, u := range a.uses {
		if u != a && depth < maxUses {
			to = u.allReads(to, depth+1)
		}
	}
	return to
}
