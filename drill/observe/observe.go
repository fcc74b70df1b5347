// Package observe is what sources other than the prober say about traffic: access logs, metrics, load generators, proxies' own
// states, and the journals of tools that inject faults. Readers of formats (drill/imports) turn files into it; the audit puts it
// on the drill's time axis.
//
// A source proves only what it can know. Counters never become requests, a label that a format lacks stays empty, and what a
// reader had to leave out is told as a Note.
package observe

import (
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Sink takes what a reader finds, in the order of the file. An error ends the reading.
type Sink interface {
	Request(Request) error
	Count(Count) error
	State(State) error
	Event(Event) error
	Missed(Missed) error
	Note(Note) error
}

// Subject is what traffic is about, as far as a format tells: a service of the mesh, and who calls it.
type Subject struct {
	// Namespace and Service name it as in the mesh; Host is what the client asked for where only that is known.
	Namespace, Service, Host string
	Port                     int    // 0 = not known
	Source                   string // workload of the caller, "namespace/name"; empty = not known
	SourceCluster            string
}

// Request is one that was made, or that arrived.
type Request struct {
	Subject
	Start, End time.Time
	OK         bool
	Code       int // HTTP status, or that of gRPC where GRPC is set; 0 = none
	GRPC       bool
	Err        record.ErrorClass // empty if and only if OK
	Detail     string
	Dest       record.Dest
	TLS        string // of the hop that the source saw: a version, record.TLSNone or record.TLSUnknown
	Peer       string // SPIFFE id at the other end of it
	Flags      string // Envoy's response flags
	Attempts   int    // 0 = not known
	// Injected: the proxy made the failure itself, as it was told to (fault injection). It is evidence of the fault and not of
	// how the service answers.
	Injected bool
	// Doubtful: it was answered (OK is true), and whether well the source cannot know: a refusal (401, 403) that a mesh or a
	// service may have given, a call of gRPC whose status nobody wrote down. It proves who answered, and neither success nor
	// failure.
	Doubtful bool
	// Reporter is the end of the connection that wrote it down; empty = not known.
	Reporter Reporter
}

// TLSMutual is a value of Request.TLS and Count.TLS: both ends showed certificates, the version is not told.
const TLSMutual = "mutual"

// Reporter is which end of a connection saw something.
type Reporter string

// Reporters.
const (
	ReporterSource      Reporter = "source"
	ReporterDestination Reporter = "destination"
	ReporterUnknown     Reporter = ""
)

// Count is how many requests a counter gained between two readings. When in that time they were is not known.
type Count struct {
	Subject
	From, To time.Time
	OK       bool
	Code     int
	Err      record.ErrorClass
	Dest     record.Dest
	TLS      string // as in Request
	Peer     string
	Flags    string
	Reporter Reporter
	Delta    float64 // > 0
	// Reset: the counter began anew in this time, so that Delta is the least that was gained.
	Reset bool
	// GRPC, Injected and Doubtful are as in Request.
	GRPC, Injected, Doubtful bool
}

// State is what a proxy thought of the endpoints of a service at one moment.
type State struct {
	Subject
	At    time.Time
	Proxy string
	Hosts []Host
}

// Host is one endpoint in a State.
type Host struct {
	Address       string
	Region, Zone  string
	Priority      int
	Weight        int
	Healthy       bool
	Ejected       bool // by outlier detection
	FailedActive  bool // by health checks of the proxy
	Draining      bool
	DiscoverState string // as the control plane says: HEALTHY, UNHEALTHY, DRAINING, TIMEOUT, DEGRADED, UNKNOWN
}

// EventKind is what happened.
type EventKind string

// Kinds of events.
const (
	Injected    EventKind = "inject"
	Removed     EventKind = "remove"
	RolledBack  EventKind = "rollback"
	NotRolled   EventKind = "rollback-missing" // a rollback that should have run did not, or failed
	Verdict     EventKind = "verdict"          // what the tool itself says
	Interrupted EventKind = "interrupted"
)

// Event is one thing that a tool did, in the time that it took.
type Event struct {
	Kind     EventKind
	From, To time.Time // zero = the format does not tell: no recovery may be measured from it
	Name     string    // of the activity or experiment
	OK       bool
	By       string
	Detail   string
}

// Missed are requests that a load generator had planned and never sent. They are unknown, and never absent.
type Missed struct {
	Subject
	At    time.Time
	Count int
}

// Note is something that a reader found and that limits what the source proves: with the line where it stands, 0 = the whole.
type Note struct {
	Line int
	Text string
	// Lost counts what was left out for it.
	Lost int
}
