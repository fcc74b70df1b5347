// Package fix repairs findings by edits of the files that they stand in.
//
// A fixer of a rule proposes what any engineer would do about a finding; loaders/edit writes it into the text. A
// repair is kept only if it is proven: with it the finding is gone, no finding has come or become louder, and no cell
// of the matrix is worse than before. Whatever needs a decision is a suggestion, and made only if somebody asks.
package fix

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/loaders/edit"
	"github.com/passmuster/muster/loaders/source"
)

// Safety says who may make an edit.
type Safety string

// The safeties. Safe: nothing is guessed, and the author's own configuration asks for it. Judgement: it holds a value
// or a decision that somebody has to look at.
const (
	Safe      Safety = "safe"
	Judgement Safety = "judgement"
)

// Edit is one change of a file: bytes Start to End, as the file is now, become New. All edits of a run together are
// what it proposes; those of one finding belong together.
type Edit struct {
	File        string `json:"file"` // as in positions
	Start       int    `json:"start"`
	End         int    `json:"end"`
	New         string `json:"new"`
	Rule        string `json:"rule"`
	Fingerprint string `json:"fingerprint"` // of the finding
	Description string `json:"description"`
	Safety      Safety `json:"safety"`
}

// Proposal is one way to repair a finding: steps that belong together.
type Proposal struct {
	Safety      Safety
	Description string // what it does, as one clause: "add maxEjectionPercent: 100"
	Decide      string // what somebody has to decide; "" if it is safe
	Steps       []Step
}

// Step is one edit of one object.
type Step struct {
	In *source.Document
	edit.Op
}

// Repaired is a finding that is gone.
type Repaired struct {
	Finding     *analyzer.Finding
	Description string
	Safety      Safety
	Edits       []Edit // none if another repair took it along
}

// Left is a finding that stays, and why.
type Left struct {
	Finding *analyzer.Finding
	Why     string
	// Suggested: a repair that needs a decision would take it away.
	Suggested bool
}

// Result is what a run comes to. Nothing is written yet.
type Result struct {
	Repaired []Repaired
	Left     []Left
	Old, New map[string][]byte // the files that change, by their path in positions
	After    *State            // what the second scan found; that of the first if nothing changes
}
