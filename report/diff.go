package report

// DiffSchema names the version of the JSON contract of a diff; docs/schema/diff.schema.json describes it.
const DiffSchema = "muster.diff/v1"

// Diff is what a change does to survival, in the terms of the JSON contract. Every format is rendered from it, and it is read
// back from JSON (ParseDiff), so that what one process computed another can tell.
type Diff struct {
	Tool Tool
	Base DiffSide
	Head DiffSide
	// Verdict is the whole in a word: "worse", "unproven", "incomplete" (a side could not be read as a whole), "better" or
	// "unchanged", the first of these that holds. New findings at the threshold make it "worse".
	Verdict string
	Gate    Gate
	// Config lists what the change does to the configuration of muster itself, suppressions and policies included.
	Config   []ConfigChange
	Services DiffServices
	Edges    DiffEdges
	Cells    []CellGroup
	Findings DiffFindings
	Summary  DiffSummary
	// Verbose: the text lists what it otherwise counts.
	Verbose bool

	baseLine, headLine Line // for snippets; nil where the lines of a side are not at hand
}

// DiffSide is one of the two states.
type DiffSide struct {
	Name     string `json:"name"`     // as given: a directory or a revision
	Revision string `json:"revision"` // of git, 40 hexadecimal digits or 64; "" for a directory or the working tree
	Inputs   Inputs `json:"inputs"`
	Services int    `json:"services"` // how many there are
	// Summary of the findings, and of the cells of both sides' services.
	Summary Summary `json:"summary"`
}

// Gate says whether the change passes, and if not, why: one clause each.
type Gate struct {
	Failed  bool     `json:"failed"`
	FailOn  string   `json:"failOn"` // error, warning, note or none
	Reasons []string `json:"reasons"`
}

// ConfigChange is one thing that the change does to what muster judges by.
type ConfigChange struct {
	// Kind: objective, suppression, rule, policy, inputs, mesh, cluster, environment, ignore (of git) or config (the whole file).
	Kind   string `json:"kind"`
	Change string `json:"change"` // added, removed or changed
	What   string `json:"what"`   // one sentence
	// Weakens: findings or gates may be lost by it. It gates unless it is accepted.
	Weakens bool `json:"weakens"`
	// Base and Head are where it stands; null on the side that does not have it.
	Base Position `json:"base"`
	Head Position `json:"head"`
}

// DiffServices are services that one side alone has.
type DiffServices struct {
	Added   []Service `json:"added"`
	Removed []Service `json:"removed"`
}

// DiffEdges are dependencies that one side alone has.
type DiffEdges struct {
	Added   []DiffEdge `json:"added"`
	Removed []DiffEdge `json:"removed"`
}

// DiffEdge is a dependency of one service on another.
type DiffEdge struct {
	From     string   `json:"from"` // "" = a workload that no service selects
	To       string   `json:"to"`
	Strong   bool     `json:"strong"`
	What     string   `json:"what"`
	Position Position `json:"position"`
}

// CellGroup is the cells of a service that changed in the same way for the same reason.
type CellGroup struct {
	Change  string `json:"change"` // unproven, worse, slower, fails or better
	Level   string `json:"level"`  // of the promise that it breaks; note where nobody promises anything
	Service string `json:"service"`
	Ports   []int  `json:"ports"`
	// Message is one sentence: what would happen now, in which failure, and why.
	Message string `json:"message"`
	// Cause completes the sentence "because …"; Position is the line that decides, of the head if it has one, else of the base.
	Cause    string   `json:"cause"`
	Position Position `json:"position"`
	InBase   bool     `json:"inBase"` // Position is of the base: the line is gone
	// Lines are the changed lines next to Position, or to another line of the reason, as a unified diff without headers; [] where
	// nothing near them changed, and for fails.
	Lines []string `json:"lines"`
	// Worst is the most telling cell on both sides; Base is null for fails.
	Worst CellPair `json:"worst"`
	// Cells are all of them, the most telling first, up to a limit; Count counts all.
	Cells []CellChange `json:"cells"`
	Count int          `json:"count"`
}

// CellPair is one cell on both sides, as a report shows cells.
type CellPair struct {
	Base *Cell `json:"base"`
	Head *Cell `json:"head"`
}

// CellChange is the gist of one cell on both sides.
type CellChange struct {
	ID   string   `json:"cell"`
	Base CellGist `json:"base"`
	Head CellGist `json:"head"`
}

// CellGist is what one side says of a cell. Outcome is "" where the side does not have it.
type CellGist struct {
	Outcome      string  `json:"outcome"`
	FailingShare float64 `json:"failingShare"`
	Encryption   string  `json:"encryption"` // the weakest of the destinations
	Upper        string  `json:"upper"`      // of the recovery bound
}

// DiffFindings are findings by what became of them.
type DiffFindings struct {
	New []Finding `json:"new"`
	// Raised are in both states, and more severe in the head; as the head has them.
	Raised    []Finding `json:"raised"`
	Gone      []Finding `json:"gone"` // as the base had them
	Unchanged int       `json:"unchanged"`
}

// DiffSummary counts.
type DiffSummary struct {
	Cells    DiffCells `json:"cells"`
	New      Summary   `json:"new"`    // findings; its cells are empty
	Raised   Summary   `json:"raised"` // likewise
	Gone     Summary   `json:"gone"`
	Weakened int       `json:"weakened"` // changes of config that weaken
}

// DiffCells counts cells by what became of them.
type DiffCells struct {
	Unproven int `json:"unproven"`
	Worse    int `json:"worse"`
	Slower   int `json:"slower"`
	Fails    int `json:"fails"`
	Better   int `json:"better"`
	Same     int `json:"same"`
}
