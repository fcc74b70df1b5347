package mesh

import "time"

// Telemetry is what a workload's proxies are told to report. Workloads that obey the same objects
// share one.
type Telemetry struct {
	Server Reporting // of requests that it answers
	Client Reporting // of requests that it sends
}

// Reporting is one side's. A value is absent where nobody says anything, and the mesh's defaults
// hold: Istio reports metrics, and writes access logs only where its installation says so.
type Reporting struct {
	// MetricsOff: requests are not counted, so that nobody sees a failure or a failover in metrics.
	MetricsOff Value[bool]
	// LogsOff: no access log is written.
	LogsOff Value[bool]
}

// MetricsOff returns the line that switches a workload's metrics off on both sides.
func (t *Telemetry) MetricsOff() (Origin, bool) {
	if t == nil || !t.Server.MetricsOff.Or(false) || !t.Client.MetricsOff.Or(false) {
		return Origin{}, false
	}
	return t.Server.MetricsOff.Origin, true
}

// LogsOff returns the line that switches a workload's access logs off on both sides.
func (t *Telemetry) LogsOff() (Origin, bool) {
	if t == nil || !t.Server.LogsOff.Or(false) || !t.Client.LogsOff.Or(false) {
		return Origin{}, false
	}
	return t.Server.LogsOff.Origin, true
}

// ProxySettings is what is written about a workload's sidecar. A value that nobody wrote is absent.
type ProxySettings struct {
	// Concurrency is the number of worker threads, 0 = one for each core; absent = by the CPU that
	// the proxy is given.
	Concurrency Value[int]
	// Drain is how long connections are drained at a hot restart; absent = 45 s.
	Drain Value[time.Duration]
	// TerminationDrain is how long a proxy that is told to stop waits for its connections; absent =
	// 5 s.
	TerminationDrain Value[time.Duration]
	// HoldApplication: the application starts after its proxy; absent = it does not wait.
	HoldApplication Value[bool]
}
