package mesh

import "time"

// Writer says where a suppression is written.
type Writer string

// The writers of suppressions, the nearest to the finding first.
const (
	ByComment    Writer = "comment"
	ByAnnotation Writer = "annotation"
	ByConfig     Writer = "config"
	ByBaseline   Writer = "baseline"
)

// Suppression accepts findings of some rules, as somebody wrote it down.
type Suppression struct {
	By     Writer
	Rules  []string  // ids or slugs, as written
	Reason string    // "" = none is given
	Until  time.Time // the last day on which it holds, as midnight UTC; zero = none is given
	Owner  string
	Origin Origin
	// File narrows it to findings that stand in this file, Resources to those of these objects; a zero
	// value narrows nothing.
	File      string
	Resources []Resource
	// Covers decides about what File and Resources leave; nil = all of it.
	Covers func(*Subject) bool
}

// Subject is what a finding is about.
type Subject struct {
	Service  *Service // nil if it concerns none in particular
	Resource Resource
	Position Position
}
