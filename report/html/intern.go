package html

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/report"
)

// table keeps each value once, in the order in which they come.
type table[V any] struct {
	index map[string]int
	list  []V
}

func newTable[V any]() table[V] { return table[V]{index: map[string]int{}, list: []V{}} }

// of is the place of the value with a key; make is asked for a new one.
func (t *table[V]) of(key []byte, make func() V) int {
	if i, ok := t.index[string(key)]; ok {
		return i
	}
	i := len(t.list)
	t.index[string(key)] = i
	t.list = append(t.list, make())
	return i
}

func texts(t *table[string], s string) int {
	return t.of([]byte(s), func() string { return s })
}

// key builds keys of parts that may hold any bytes.
func key(parts ...string) []byte {
	var k []byte
	for _, p := range parts {
		k = binary.AppendUvarint(k, uint64(len(p)))
		k = append(k, p...)
	}
	return k
}

func numbers(list []int) []byte {
	k := make([]byte, 0, 4*len(list))
	for _, n := range list {
		k = binary.AppendVarint(k, int64(n))
	}
	return k
}

// Texts of a service name it again and again. Where they do, a placeholder stands for the name, so that services with
// equal predictions have equal texts. A text that holds a placeholder itself is kept as it is, behind rawMark.
const (
	hostMark  = "\uE000"
	pathMark  = "\uE001"
	nameMark  = "\uE002"
	rawMark   = "\uE003"
	anyOfMark = hostMark + pathMark + nameMark + rawMark
)

// naming replaces the names of one service by placeholders.
type naming struct{ replace *strings.Replacer }

// namingOf wants the host, namespace/name and name of a service; those that are empty are left as they are.
func namingOf(host, path, name string) naming {
	var pairs []string
	for _, p := range [][2]string{{host, hostMark}, {path, pathMark}, {name, nameMark}} {
		if p[0] != "" {
			pairs = append(pairs, p[0], p[1])
		}
	}
	return naming{strings.NewReplacer(pairs...)}
}

func (n naming) template(text string) string {
	if strings.ContainsAny(text, anyOfMark) {
		return rawMark + text
	}
	return n.replace.Replace(text)
}

// destination is where a share of requests goes: locality, cluster, service (index, -1 = the asked one, -2 = none of the
// report's), share in ten thousandths, encryption, and the id of the service if it is none of the report's.
type destination [6]any

// term is one part of a recovery bound: name, lower and upper bound in milliseconds, position.
type term [4]any

// recovery is a bound: lower and upper as Go writes durations, terms.
type recovery struct {
	lower, upper string
	terms        []int
}

// MarshalJSON writes a list.
func (r recovery) MarshalJSON() ([]byte, error) { return compact(r.lower, r.upper, r.terms) }

// answer is what a cell says, as indices into the tables: outcome, reason, failing share in ten thousandths, authorized,
// replicas needed and available, destinations before and after, recovery, trace (-1 = left out).
type answer [10]int

func (e *encoder) destinations(service string, list []failover.Destination) int {
	var k []byte
	for _, d := range list {
		svc := d.Service
		if svc == service {
			svc = "\x00self"
		}
		k = append(k, key(d.Locality, d.Cluster, svc, strconv.Itoa(perTenThousand(d.Share)), d.Encryption)...)
	}
	return e.dests.of(k, func() []destination {
		out := make([]destination, len(list))
		for i, d := range list {
			at, id := -1, ""
			if d.Service != service {
				var ok bool
				if at, ok = e.services[d.Service]; !ok {
					at, id = -2, d.Service
				}
			}
			out[i] = destination{d.Locality, d.Cluster, at, perTenThousand(d.Share), d.Encryption, id}
		}
		return out
	})
}

func (e *encoder) recovery(r *report.Recovery) int {
	terms := make([]int, len(r.Terms))
	for i, t := range r.Terms {
		at := t.Position.At()
		terms[i] = e.terms.of(key(t.Name, t.Lower, t.Upper, at.String(), at.Path), func() term {
			e.snippets.add(t.Position)
			return term{t.Name, milliseconds(t.Lower), milliseconds(t.Upper), t.Position}
		})
	}
	return e.recoveries.of(append(key(r.Lower, r.Upper), numbers(terms)...), func() recovery {
		return recovery{r.Lower, r.Upper, terms}
	})
}

// trace is the place of the steps of a prediction, or -1 where they are left out.
func (e *encoder) trace(lines []string) int {
	if len(lines) == 0 {
		return -1
	}
	steps := make([]int, len(lines))
	for i, l := range lines {
		t := e.naming.template(l)
		if _, known := e.lines.index[t]; !known {
			if e.traced+len(t) > mostTraces {
				e.left.Traces++
				return -1
			}
			e.traced += len(t)
		}
		steps[i] = texts(&e.lines, t)
	}
	return e.traces.of(numbers(steps), func() []int { return steps })
}
