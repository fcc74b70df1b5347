package config

import "slices"

// ruling is one entry of a list in which the first one that matches decides.
type ruling[V any] struct {
	match selection
	key   string // of the match
	value V
	index int // in the list as it is written
}

// mostCompared bounds the pairs of entries that are held against each other.
const mostCompared = 1_000_000

// rivals is how two lists of rulings differ.
type rivals[V any] struct {
	base, head []ruling[V] // those that can decide anything
	// same are indices of entries with equal matches, moved of entries whose match alone differs.
	same, moved [][2]int
	// lost and fresh are entries of the base and of the head that have no counterpart. Of the lost ones, hidden are still
	// written, behind one that decides for all they match.
	lost, fresh []int
	hidden      map[int]int // by index in base, to what hides it in head
	// swapped are two entries of both, as in the base: their order is another one, and both may match the same.
	swapped [][2]int
	// weaker tells, for pairs of an entry of the base and one of the head that decides now where the former did, that the
	// latter is less; -1 in place of the latter is that nothing may decide.
	weaker [][2]int
	large  bool // there are too many to compare; same, lost and fresh hold
}

// alive leaves out what an earlier entry takes everything from.
func alive[V any](list []ruling[V]) (live []ruling[V], dead map[string]string) {
	dead = map[string]string{}
	seen := map[string]bool{}
	for _, r := range list {
		i := -1
		switch {
		case seen[r.key]:
			continue
		case len(list)*len(list) <= mostCompared:
			i = slices.IndexFunc(live, func(earlier ruling[V]) bool { return earlier.match.contains(r.match) })
		}
		seen[r.key] = true
		if i >= 0 {
			dead[r.key] = live[i].key
			continue
		}
		live = append(live, r)
	}
	return live, dead
}

// rival compares two lists. lesser reports whether the second value asks for less than the first, equal whether they say
// the same.
func rival[V any](base, head []ruling[V], lesser, equal func(V, V) bool) *rivals[V] {
	r := &rivals[V]{hidden: map[int]int{}}
	var dead map[string]string
	r.base, _ = alive(base)
	r.head, dead = alive(head)
	r.pair(dead, equal)
	if r.large = len(r.base)*len(r.head) > mostCompared; r.large {
		return r
	}
	r.order(equal)
	r.weigh(lesser)
	return r
}

// pair finds counterparts.
func (r *rivals[V]) pair(dead map[string]string, equal func(V, V) bool) {
	at := map[string]int{}
	for k, h := range r.head {
		at[h.key] = k
	}
	taken := map[int]bool{}
	for i, b := range r.base {
		if k, ok := at[b.key]; ok {
			r.same = append(r.same, [2]int{i, k})
			taken[k] = true
			continue
		}
		r.lost = append(r.lost, i)
		if by, ok := dead[b.key]; ok {
			r.hidden[i] = at[by]
		}
	}
	r.lost = slices.DeleteFunc(r.lost, func(i int) bool {
		if _, ok := r.hidden[i]; ok {
			return false
		}
		for k, h := range r.head {
			if !taken[k] && equal(r.base[i].value, h.value) && r.unknownToBase(h.key) {
				taken[k] = true
				r.moved = append(r.moved, [2]int{i, k})
				return true
			}
		}
		return false
	})
	for k := range r.head {
		if !taken[k] {
			r.fresh = append(r.fresh, k)
		}
	}
}

func (r *rivals[V]) unknownToBase(key string) bool {
	return !slices.ContainsFunc(r.base, func(b ruling[V]) bool { return b.key == key })
}

// order finds entries that changed places.
func (r *rivals[V]) order(equal func(V, V) bool) {
	for n, p := range r.same {
		for _, q := range r.same[n+1:] {
			if p[1] > q[1] && !r.base[p[0]].match.apart(r.base[q[0]].match) && !equal(r.head[p[1]].value, r.head[q[1]].value) {
				r.swapped = append(r.swapped, [2]int{p[0], q[0]})
			}
		}
	}
}

// weigh finds where what decides now is less than what did.
func (r *rivals[V]) weigh(lesser func(V, V) bool) {
	owner := make([]int, len(r.head)) // the first of the base that decided for all that it matches
	for k := range r.head {
		owner[k] = slices.IndexFunc(r.base, func(b ruling[V]) bool { return b.match.contains(r.head[k].match) })
	}
	for i, b := range r.base {
		covered := false
		for k, h := range r.head {
			if b.match.apart(h.match) || owner[k] >= 0 && owner[k] < i {
				continue
			}
			if lesser(b.value, h.value) {
				r.weaker = append(r.weaker, [2]int{i, k})
			}
			if covered = h.match.contains(b.match); covered {
				break
			}
		}
		if !covered {
			r.weaker = append(r.weaker, [2]int{i, -1})
		}
	}
}

// weakens reports whether an entry of the base has lost anything.
func (r *rivals[V]) weakens(i int) bool {
	return r.large || slices.ContainsFunc(r.weaker, func(w [2]int) bool { return w[0] == i })
}

// displaces is the first entry of the base that one of the head takes something from, and decides less for; -1 = none.
func (r *rivals[V]) displaces(k int) int {
	i := slices.IndexFunc(r.weaker, func(w [2]int) bool { return w[1] == k })
	if i < 0 {
		return -1
	}
	return r.weaker[i][0]
}
