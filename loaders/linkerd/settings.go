package linkerd

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/passmuster/muster/mesh"
)

// Dropped is a group of settings that Linkerd drops because one of its annotations cannot be read.
// Nobody validates annotations of Services: all that remains of the mistake is a line in a log.
type Dropped struct {
	Key    string // the annotation
	Why    string
	Origin mesh.Origin
}

// group reads the annotations of one group of settings. The first that cannot be read drops all.
type group struct {
	meta    *Meta
	dropped *Dropped
}

// text is the value of an annotation.
func (g *group) text(key string) (string, bool) {
	v, ok := g.meta.Annotations[key]
	return v, ok
}

func (g *group) drop(key string, err error) {
	if err != nil && g.dropped == nil {
		g.dropped = &Dropped{Key: key, Why: err.Error(), Origin: g.meta.At(annotationPath(key))}
	}
}

// value reads an annotation, or has the default without one.
func value[T any](g *group, key string, otherwise T, parse func(string) (T, error)) T {
	text, ok := g.text(key)
	if !ok {
		return otherwise
	}
	v, err := parse(text)
	g.drop(key, err)
	return v
}

var errDuration = errors.New("a duration has to be one whole number with one unit: ms, s, m, h or d")

// parseDuration reads a duration as Linkerd's policy controller does (linkerd2
// policy-controller/k8s/index/src/outbound/index.rs, parse_duration): one whole number and one unit, which only 0 can do without.
func parseDuration(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	last := strings.LastIndexFunc(text, func(c rune) bool { return c <= unicode.MaxASCII && unicode.IsDigit(c) })
	n, err := strconv.ParseUint(strings.TrimPrefix(text[:last+1], "+"), 10, 64)
	if err != nil {
		return 0, errDuration
	}
	const day = 24 * time.Hour
	unit, ok := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": day}[text[last+1:]]
	switch {
	case !ok && n == 0 && last+1 == len(text):
		return 0, nil
	case !ok:
		return 0, errDuration
	case n > uint64(math.MaxInt64/unit):
		return 0, errDuration // Linkerd takes some that last longer than 292 years; nobody writes them
	}
	return time.Duration(n) * unit, nil
}

// quoted shows a value of the inputs in a message, or the beginning of a long one.
func quoted(text string) string {
	const longest = 40
	if len(text) > longest {
		return strconv.Quote(text[:longest]) + "…"
	}
	return strconv.Quote(text)
}

// spaced lets a value have spaces around it.
func spaced[T any](parse func(string) (T, error)) func(string) (T, error) {
	return func(text string) (T, error) { return parse(strings.TrimSpace(text)) }
}

// parseCount reads a whole number of so many bits.
func parseCount(bits int) func(string) (int, error) {
	return func(text string) (int, error) {
		n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, bits)
		if err != nil {
			return 0, fmt.Errorf("a whole number from 0 to %d is expected", uint64(1)<<bits-1)
		}
		return int(n), nil
	}
}

// parseWithin reads a number of a range, which the default is within.
func parseWithin(low, high float64) func(string) (float64, error) {
	return func(text string) (float64, error) {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || strings.ContainsAny(text, "xX_") || math.IsNaN(f) || f < low || f > high {
			return 0, fmt.Errorf("a number from %g to %g is expected", low, high)
		}
		return f, nil
	}
}
