package linkerd

import (
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// PortList is an annotation that lists ports: numbers, ranges and names. What of it cannot be read
// is left out, and the rest holds (linkerd2 pkg/util/parsing.go).
type PortList struct {
	Set     bool        // the annotation is there, even if it is empty: it replaces the default
	Ignored []string    // what could not be read
	Origin  mesh.Origin // of the annotation
	ranges  []portRange
}

type portRange struct{ low, high int }

// Has reports whether a port is listed.
func (l PortList) Has(port int) bool {
	for _, r := range l.ranges {
		if r.low <= port && port <= r.high {
			return true
		}
	}
	return false
}

// newPortList reads a list of ports. Names are looked up first, for "123-456" is a name, too.
func newPortList(m *Meta, annotation string, named map[string]int) PortList {
	text, ok := m.Annotations[annotation]
	if !ok {
		return PortList{}
	}
	return parsePortList(text, m.At(annotationPath(annotation)), named)
}

// parsePortList reads the text of a list of ports.
func parsePortList(text string, origin mesh.Origin, named map[string]int) PortList {
	l := PortList{Set: true, Origin: origin}
	if text == "" {
		return l
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(text, ","), ",") {
		part = strings.TrimSpace(part)
		if number, ok := named[part]; ok {
			l.ranges = append(l.ranges, portRange{number, number})
		} else if r, ok := parseRange(part); ok {
			l.ranges = append(l.ranges, r)
		} else {
			l.Ignored = append(l.Ignored, part)
		}
	}
	return l
}

// parseRange reads "80" or "80-90". Linkerd takes 0 for a port, too, so that 0-100 is a range.
func parseRange(text string) (portRange, bool) {
	const bits = 16
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	low, err := strconv.ParseUint(from, 10, bits)
	high, err2 := strconv.ParseUint(to, 10, bits)
	return portRange{int(low), int(high)}, err == nil && err2 == nil && low <= high
}

// or is the list if it is set, otherwise another.
func (l PortList) or(otherwise PortList) PortList {
	if l.Set {
		return l
	}
	return otherwise
}
