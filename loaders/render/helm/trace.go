package helm

// Trace is what Render recorded about one text: which place of which template wrote each part of
// it, and which values that place looked at. It is data for NewAttribution.
type Trace struct {
	Spans []Span
	Nodes []Node
	Calls []Call
}

// Span is a stretch of the rendered text; it begins where the one before it ends.
type Span struct {
	To   int // byte offset behind the last byte
	Node int // index into Nodes
	Call int // index into Calls: what ran the template that Node stands in; -1 if it ran itself
	Near bool
	// Reads are the values that the action looked at, the likeliest first.
	Reads []Read
}

// Node is a place in a template.
type Node struct {
	File         string // as the text of an error names it: relative to the chart
	Line, Column int    // one-based; of the first byte for literal text, of "{{" for an action
	Literal      bool   // the text stands in the file as it was rendered
	TplLine      int    // the line within a string that tpl rendered, from 1; 0 for other templates
}

// Call is an action that runs another template.
type Call struct {
	Node int
	Up   int    // the call around it; -1 if there is none
	What string // `include "x.labels"`
}

// Read is a value that an action looked at.
type Read struct {
	Of   Origin
	Path string // JSON pointer into the values of the root chart; see Origin
}

// Origin says what a Read looked at.
type Origin int

// The origins of a read.
const (
	FromValues Origin = iota // the value at Path
	FromKey                  // the last element of Path itself: the key of a mapping
	FromChart                // a field of Chart.yaml: the names of subcharts, then that of the field
)

// maxReads bounds what is remembered of one action.
const maxReads = 48

func addReads(to []Read, more ...Read) []Read {
	for _, r := range more {
		if len(to) >= maxReads {
			return to
		}
		known := false
		for _, t := range to {
			known = known || t == r
		}
		if !known {
			to = append(to, r)
		}
	}
	return to
}
