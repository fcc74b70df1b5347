// Package record is the native format of drill results: NDJSON of which every line is chained to the
// line before it by a hash, so that a changed, missing or added line is found. What a file says is
// what its prober saw; what follows from it is worked out by drill/measure.
//
// The lines are a header, then samples, drops, events and clock checks in the order in which they were
// written, then a footer. A file without a footer is incomplete, which is a value and not an error.
// docs/schema/drill-record.schema.json describes one line.
package record

import "time"

// APIVersion and Kind are what a header says of its file.
const (
	APIVersion = "passmuster.dev/v1"
	Kind       = "DrillResults"
)

// Header says who measured what, and when time zero was. All other times of a file are counted from
// the anchor on the prober's monotonic clock.
type Header struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Run is the id of the drill; all probers of one drill share it.
	Run string `json:"run"`
	// Digests tie the results to what was drilled and to what was predicted from. Live is that of the
	// configuration the proxies really held; empty = not known.
	PlanDigest       string    `json:"plan_digest,omitempty"`
	ConfigDigest     string    `json:"config_digest,omitempty"`
	LiveConfigDigest string    `json:"live_config_digest,omitempty"`
	Prober           Prober    `json:"prober"`
	WallAnchor       time.Time `json:"wall_anchor"`
	// Clock is the first check of the prober's clock; nil = its distance from the reference is unknown.
	Clock *Clock `json:"clock,omitempty"`
	// Continues is the head of the file that this one goes on from, after the run was interrupted; empty = the prober's first.
	Continues string `json:"continues,omitempty"`
}

// Prober is who sent the requests.
type Prober struct {
	ID      string `json:"id"`
	Region  string `json:"region,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Version string `json:"version,omitempty"`
	// Mode is "open" where requests follow a schedule whatever happens to them, "closed" where each waits
	// for the one before. Windows of outages are read from open schedules only.
	Mode string `json:"mode"`
}

// Modes of a prober.
const (
	Open   = "open"
	Closed = "closed"
)

// Sample is one request that was sent.
type Sample struct {
	// Tick is the number of the request in the schedule of its cell, from 0.
	Tick int64 `json:"i"`
	// Sched is when the request should have been sent, Late how much later it was, and End when it was
	// answered or given up. Latency counts from Sched.
	Sched Millis `json:"sched_ms"`
	Late  Millis `json:"late_ms"`
	End   Millis `json:"end_ms"`
	// Cell is what the request is about, as the matrix names it: service|port|subset|client|scenario|fault.
	Cell string `json:"cell"`
	// Source is the workload and place that the request stands for, "web@eu-west"; empty = the prober.
	Source   string `json:"src,omitempty"`
	Protocol string `json:"proto,omitempty"`
	OK       bool   `json:"ok"`
	// Code is the HTTP status, or that of gRPC where Protocol is one of gRPC's; 0 without an answer of HTTP.
	Code int `json:"code,omitempty"`
	// Err is what kept the request from being answered well; empty if and only if OK.
	Err    ErrorClass `json:"err,omitempty"`
	Detail string     `json:"detail,omitempty"`
	Dest   Dest       `json:"dest,omitzero"`
	// TLS is the version of the prober's own hop ("1.3"), "none", or "unknown" where no connection told.
	TLS      string   `json:"tls,omitempty"`
	Identity Identity `json:"id,omitzero"`
	// Role and Epoch are what the destination says of itself, for the detection of two primaries.
	Role     string `json:"role,omitempty"`
	Epoch    int64  `json:"epoch,omitempty"`
	Attempts int    `json:"attempts,omitempty"` // tries on the way; 0 = not known
	Flags    string `json:"flags,omitempty"`    // Envoy's response flags, where a source has them
	// Origin says which reader produced the sample; empty = native.
	Origin string `json:"origin,omitempty"`
	// Marker is the counter that a request wrote or read, where a drill measures the loss of data.
	Marker *Marker `json:"marker,omitempty"`
	// Prober is the id in the header of the file, and Line where the sample stands in it, from 1. They are not written.
	Prober string `json:"-"`
	Line   int64  `json:"-"`
}

// Marker is a counter that grows with every write. What was acknowledged and cannot be read any more is lost.
type Marker struct {
	Op MarkerOp `json:"op"`
	// N is what was written (acknowledged if the sample is OK) or read.
	N int64 `json:"n"`
}

// MarkerOp is what was done with a marker.
type MarkerOp string

// What is done with markers.
const (
	MarkerWrite MarkerOp = "write"
	MarkerRead  MarkerOp = "read"
)

// Values of Sample.TLS and Dest.TLS beside versions.
const (
	TLSNone    = "none"
	TLSUnknown = "unknown"
)

// Dest is who answered, as the answer itself says (headers that it echoes) or else as the connection says.
type Dest struct {
	Region   string `json:"region,omitempty"`
	Zone     string `json:"zone,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
	Workload string `json:"workload,omitempty"`
	Address  string `json:"addr,omitempty"` // of the other end of the prober's connection
	// TLS and Peer are how the request reached the destination, in its own words: the version or "none",
	// and whom it took for the client. The last hop is proven only by them.
	TLS  string `json:"tls,omitempty"`
	Peer string `json:"peer,omitempty"`
}

// Identity is the certificate that the other end of the prober's own connection showed.
type Identity struct {
	SPIFFE string   `json:"spiffe,omitempty"`
	DNS    []string `json:"dns,omitempty"`
	Issuer string   `json:"issuer,omitempty"`
	// Root is the SHA-256 of the root that the certificate was verified against; empty = not verified.
	Root string `json:"root,omitempty"`
}

// Drop is a row of ticks of which no request was sent. Whether the service would have answered is
// unknown, and never taken for granted.
type Drop struct {
	Tick  int64      `json:"i"`        // the first
	Count int64      `json:"n"`        // how many in a row
	Sched Millis     `json:"sched_ms"` // of the first
	Every Millis     `json:"every_ms"` // between two of them
	Cell  string     `json:"cell"`
	Why   DropReason `json:"why"`

	Prober string `json:"-"`
	Line   int64  `json:"-"`
}

// DropReason says why no request was sent.
type DropReason string

// Reasons of drops.
const (
	// DropLimit: as many requests as may be were still waiting for answers.
	DropLimit DropReason = "limit"
	// DropLate: the prober itself was held up for longer than a request may take.
	DropLate DropReason = "late"
)

// Event is one moment of the drill. What takes time is written twice, when it begins and when it has
// ended: the truth lies between the two.
type Event struct {
	Name EventName `json:"name"`
	Edge Edge      `json:"edge,omitempty"` // empty for a moment (abort, note)
	At   Millis    `json:"at_ms"`
	// Fault joins the events of one fault, where a drill has several.
	Fault string `json:"fault,omitempty"`
	// Scenario and Mode are what failed and how, as in cells.
	Scenario string `json:"scenario,omitempty"`
	Mode     string `json:"mode,omitempty"`
	By       string `json:"by,omitempty"`
	Detail   string `json:"detail,omitempty"`
	// Failed is set at the end of what did not do what it should: whether the fault was injected or removed is not known then.
	Failed bool `json:"failed,omitempty"`

	Prober string `json:"-"`
	Line   int64  `json:"-"`
}

// EventName is what happened.
type EventName string

// Events of a drill.
const (
	Inject   EventName = "inject"
	Remove   EventName = "remove"
	Failback EventName = "failback" // traffic is sent back by hand or by a tool
	Abort    EventName = "abort"
	Note     EventName = "note"
	// Round is a part of a run: the normal day, or one fault mode with the time that is watched before and after it. Fault is its
	// name, "null" without a fault. It ends after the last answer; a round without an end was interrupted.
	Round EventName = "round"
)

// Edge is the side of something that takes time.
type Edge string

// Edges of an event.
const (
	Begin Edge = "begin"
	End   Edge = "end"
)

// Clock is a comparison of the prober's clock with the reference of the drill.
type Clock struct {
	At Millis `json:"at_ms"`
	// Offset is how far the prober's clock is ahead, and Bound how wrong that may be, either way.
	Offset Millis `json:"offset_ms"`
	Bound  Millis `json:"bound_ms"`
	Source string `json:"source,omitempty"`
}

// Footer closes a file. The writer works it out from what it has written and the reader checks all of it.
type Footer struct {
	Lines   int64  `json:"lines"` // before the footer
	Head    string `json:"head"`  // the hash of the line before
	Samples int64  `json:"samples"`
	Dropped int64  `json:"dropped"`     // ticks
	LateP99 Millis `json:"late_p99_ms"` // at most, to three digits
}
