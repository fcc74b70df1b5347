// Package audit holds what was seen in a drill against what was predicted and promised. It tells which promises were kept, as
// pass, fail or inconclusive; where reality drifted from the prediction (D01 to D25); and of each prediction and each static
// finding whether it is confirmed, refuted or still untested.
package audit

import (
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
)

// What a report says of itself.
const (
	APIVersion = "passmuster.dev/v1"
	Kind       = "DriftReport"
)

// Report is what an audit found: the contract from which every format is rendered (docs/schema/drift-report.schema.json).
// Lists are never null, and equal inputs give equal bytes.
type Report struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Tool       string `json:"tool"` // version of muster
	Run        string `json:"run"`
	// Digests tie the report to the plan, to the configuration that it was predicted from, and to the one that proxies held.
	PlanDigest       string    `json:"plan_digest"`
	ConfigDigest     string    `json:"config_digest"`
	LiveConfigDigest string    `json:"live_config_digest,omitempty"`
	Began            time.Time `json:"began"`
	Ended            time.Time `json:"ended"`

	Verdict measure.Verdict `json:"verdict"`
	// Reasons are those of a verdict that is not pass, the most important first, a sentence each.
	Reasons  []string  `json:"reasons"`
	Coverage Coverage  `json:"coverage"`
	Cells    []Cell    `json:"cells"`
	Drift    []Drift   `json:"drift"` // that is of no one cell
	Doubts   []Doubt   `json:"doubts"`
	Faults   []Fault   `json:"faults"`
	Static   Agreement `json:"static_agreement"`
	// Statistics are about drills, not requests.
	Statistics Statistics `json:"statistics"`
	Sources    []Source   `json:"sources"`
	// Plan is the plan that was drilled, for reports that tell of people, documents and follow-ups.
	Plan *plan.Plan `json:"plan"`
}

// Coverage is how much of what should be drilled was.
type Coverage struct {
	Expected   int      `json:"cells_expected"`
	Probed     int      `json:"cells_probed"`
	Services   int      `json:"services_expected"`
	Seen       int      `json:"services_probed"`
	FaultModes []string `json:"faults_done"`
	Missing    []string `json:"faults_missing"`
}

// Interval is one of time; Upper is null where no end was seen.
type Interval struct {
	Lower plan.Duration  `json:"lower"`
	Upper *plan.Duration `json:"upper"`
}

// Cell is what one source saw of one cell.
type Cell struct {
	Cell     string          `json:"cell"`
	Service  string          `json:"service"`
	Client   string          `json:"client"`
	Scenario string          `json:"scenario"`
	Fault    string          `json:"fault"`
	Prober   string          `json:"prober,omitempty"` // or the name of a foreign source
	Origin   string          `json:"origin"`           // native, prometheus, access-log, k6, …
	Verdict  measure.Verdict `json:"verdict"`
	Reasons  []string        `json:"reasons"`

	Expected plan.Expectation `json:"expected"`
	Observed Observed         `json:"observed"`

	Outage    Interval  `json:"outage"`
	Windows   []Window  `json:"windows"`
	Detection *Interval `json:"ttd,omitempty"`
	Failover  *Interval `json:"ttf,omitempty"`
	Recovery  Interval  `json:"ttr"`
	Stages    []Stage   `json:"stages"`
	Failback  *Interval `json:"failback,omitempty"`
	Damage    int       `json:"failback_damage,omitempty"` // bad requests while traffic returned

	Encryption Encryption `json:"encryption"`
	Budget     *Budget    `json:"budget,omitempty"`
	Tests      *Tests     `json:"tests,omitempty"`
	Drift      []Drift    `json:"drift"`
	Doubts     []Doubt    `json:"doubts"`
	// Static is what the drill says about the prediction of this cell: confirmed, refuted or untested.
	Static Standing `json:"static"`
	// Timeline is for drawing: a bucket a second or longer, at most 600.
	Timeline []Bucket `json:"timeline"`
}

// Observed are the phases of a drill. What lies across an edge of the fault is Edge and proves nothing of destinations.
type Observed struct {
	// Outcome is what the requests did once the recovery bound was over: survives, degraded, lost or unknown.
	Outcome      string  `json:"outcome"`
	FailingShare float64 `json:"failing_share"`
	Before       Phase   `json:"before"`
	During       Phase   `json:"during"`
	// Settled is the part of During after the predicted recovery.
	Settled Phase `json:"settled"`
	After   Phase `json:"after"`
	Edge    Phase `json:"edge"`
}

// Phase sums up requests.
type Phase struct {
	Good    int     `json:"good"`
	Bad     int     `json:"bad"`
	Unknown int     `json:"unknown"`
	Shares  []Share `json:"shares"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	// Errors counts failures by class, and Flags those of proxies.
	Errors map[string]int `json:"errors,omitempty"`
	Flags  map[string]int `json:"flags,omitempty"`
}

// Share of a place in what was answered, with its 95 % interval.
type Share struct {
	Place   string  `json:"place"`
	Answers int     `json:"answers"`
	Of      int     `json:"of"`
	Share   float64 `json:"share"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

// Window is one outage, on the run's time axis. To is null where it did not end.
type Window struct {
	From     float64  `json:"from_ms"`
	To       *float64 `json:"to_ms"`
	Length   Interval `json:"length"`
	Requests int      `json:"bad"`
}

// Stage is one part of a recovery: detect, eject, connect, warm or steady.
type Stage struct {
	Name string   `json:"name"`
	Took Interval `json:"took"`
}

// Proof is what is known of encryption or identity.
type Proof string

// Proofs. What nobody saw is unproven, which is no pass.
const (
	Proven   Proof = "proven"
	Violated Proof = "violated"
	Unproven Proof = "unproven"
)

// Encryption is what was seen of it on both hops.
type Encryption struct {
	Proof     Proof          `json:"proof"`
	Plaintext int            `json:"plaintext"` // answers that came without TLS on a hop
	Versions  map[string]int `json:"versions,omitempty"`
	Peers     []Peer         `json:"peers"`
	// Why it is not proven.
	Why string `json:"why,omitempty"`
}

// Peer is who answered at a place.
type Peer struct {
	Place    string `json:"place"`
	ID       string `json:"id"`
	Root     string `json:"root,omitempty"`
	Answers  int    `json:"answers"`
	Expected bool   `json:"expected"`
}

// Budget is what the outage cost of an objective's error budget.
type Budget struct {
	Target float64       `json:"target"`
	Window plan.Duration `json:"window"`
	Burn   float64       `json:"burn"` // share of the window's budget
	Bad    plan.Duration `json:"bad_time"`
}

// Tests compare the expected shares with the seen ones.
type Tests struct {
	Phase string  `json:"phase"`
	TV    float64 `json:"tv"` // total-variation distance
	Low   float64 `json:"tv_low"`
	High  float64 `json:"tv_high"` // 95 %, by block bootstrap
	G     float64 `json:"g"`
	P     float64 `json:"p"`
	Holm  float64 `json:"p_holm"`
}

// Severity of a drift.
type Severity string

// Severities.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Drift is one way in which reality differs from what was predicted, promised or needed for a verdict.
type Drift struct {
	Class    string   `json:"class"` // D01 … D25
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
	Cell     string   `json:"cell,omitempty"`
	// Message says what happened, in which failure, against what was expected, in a sentence.
	Message  string      `json:"message"`
	Expected string      `json:"expected"`
	Observed string      `json:"observed"`
	At       string      `json:"at,omitempty"` // the line of the configuration that decides, if the prediction names one
	Evidence []Reference `json:"evidence"`
	Rules    []string    `json:"rule_ids"`
	// Blocks: no verdict may be drawn while it stands.
	Blocks bool `json:"blocks,omitempty"`
}

// Reference leads to lines of a source.
type Reference struct {
	Source string `json:"source"`
	First  int    `json:"first_line,omitempty"`
	Last   int    `json:"last_line,omitempty"`
	Count  int    `json:"count,omitempty"`
}

// Doubt is a reason for which a drill proves nothing.
type Doubt struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Fault is one that was injected.
type Fault struct {
	ID       string   `json:"id"`
	Scenario string   `json:"scenario"`
	Mode     string   `json:"mode"`
	Inject   Bracket  `json:"inject"`
	Remove   *Bracket `json:"remove"` // null = it was not seen to be removed
}

// Bracket holds a moment, in ms of the run.
type Bracket struct {
	From float64 `json:"from_ms"`
	To   float64 `json:"to_ms"`
}

// Standing is what is known of a prediction or a finding.
type Standing string

// Standings.
const (
	Confirmed Standing = "confirmed"
	Refuted   Standing = "refuted"
	Untested  Standing = "untested"
)

// Agreement sorts predictions and findings by what the drill says of them. A refuted one is a mistake of muster's model or of
// its inputs, and worth a look.
type Agreement struct {
	Confirmed []Statement `json:"confirmed"`
	Refuted   []Statement `json:"refuted"`
	Untested  []Statement `json:"untested"`
}

// Statement is a prediction (Cell) or a finding (Rule and Fingerprint).
type Statement struct {
	Cell        string `json:"cell,omitempty"`
	Rule        string `json:"rule,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Says        string `json:"says"`
	Saw         string `json:"saw"`
	At          string `json:"at,omitempty"`
}

// Statistics bound how much one drill proves.
type Statistics struct {
	Drills         int     `json:"drills_n"`
	Failures       int     `json:"drills_failed"`
	FailureUpper95 float64 `json:"failure_upper95"`
	// Miss is the probability that the prober saw nothing of an outage as long as the objective allows.
	Miss float64 `json:"miss_probability"`
}

// Source is one input of the audit.
type Source struct {
	Name     string `json:"name"`
	Format   string `json:"format"`
	SHA256   string `json:"sha256"`
	Lines    int64  `json:"lines,omitempty"`
	Complete bool   `json:"complete"`
	Head     string `json:"head,omitempty"` // of the hash chain
	// Broken says which line of which file was changed after it was written; empty = none. Nothing from there on counts.
	Broken string   `json:"broken,omitempty"`
	Notes  []string `json:"notes"`
}

// Bucket is a stretch of the timeline.
type Bucket struct {
	At      float64        `json:"at_ms"`
	Length  float64        `json:"length_ms"`
	Good    int            `json:"good"`
	Bad     int            `json:"bad"`
	Unknown int            `json:"unknown"`
	Places  map[string]int `json:"places"`
	P50     float64        `json:"p50_ms"`
	P99     float64        `json:"p99_ms"`
}
