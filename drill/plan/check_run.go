package plan

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

func (c *checker) probes() {
	if len(c.Probes) == 0 {
		c.add(LevelError, "/probes", "no probe asks anything: nothing would be seen")
	}
	names := map[string]bool{}
	for i := range c.Probes {
		p, path := &c.Probes[i], "/probes/"+strconv.Itoa(i)
		if names[p.Name] {
			c.add(LevelError, path+"/name", "there is another probe %s", p.Name)
		}
		names[p.Name] = true
		c.target(p, path)
		c.pace(p, path)
		if !slices.ContainsFunc(c.Expect, func(e Expectation) bool {
			cell, err := ParseCell(e.Cell)
			return err == nil && p.asks(cell)
		}) {
			c.add(LevelError, path, "%s asks %s, of which nothing is expected", p.Name, p.Service)
		}
		if p.Echo == (Echo{}) && p.TLS == nil {
			c.add(LevelNote, path, "the answers to %s do not tell who gave them: it shows outages, and neither destinations nor encryption", p.Name)
		}
	}
}

func (c *checker) target(p *Probe, path string) {
	isHTTP := strings.HasPrefix(p.Protocol, "http")
	switch {
	case p.Target == "" && isHTTP:
		c.add(LevelError, path+"/target", "%s has no target: give the URL by which its requests reach %s", p.Name, p.Service)
	case p.Target == "":
		c.add(LevelError, path+"/target", "%s has no target: give the host:port by which its requests reach %s", p.Name, p.Service)
	case isHTTP:
		if u, err := url.Parse(p.Target); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			c.add(LevelError, path+"/target", "%q is no URL of http or https", p.Target)
		}
	default:
		_, port, err := net.SplitHostPort(p.Target)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 {
			c.add(LevelError, path+"/target", "%q is no host:port", p.Target)
		}
	}
	if p.Protocol == "grpc" && strings.Count(p.Path, "/") != 2 {
		c.add(LevelError, path+"/path", "a gRPC probe names its method, as /package.Service/Method")
	}
	if p.Protocol == "tls" && p.TLS == nil {
		c.add(LevelWarning, path, "%s has no tls member: a handshake needs to know which roots to trust and who must answer", p.Name)
	}
}

// pace holds interval and timeout of a probe against the RTO: outages that are much shorter than an interval are missed, and a
// timeout near the RTO makes every verdict inconclusive.
func (c *checker) pace(p *Probe, path string) {
	rto := time.Duration(c.Objectives.RTO)
	switch {
	case p.Rate <= 0:
		c.add(LevelError, path+"/rate_hz", "%s sends no requests", p.Name)
	case rto > 0 && time.Duration(float64(time.Second)/p.Rate) > rto/10:
		c.add(LevelError, path+"/rate_hz", "an interval of %s is more than a tenth of the RTO of %s: send at least %g per second",
			Duration(float64(time.Second)/p.Rate), c.Objectives.RTO, rateFor(rto))
	}
	switch {
	case p.Timeout <= 0:
		c.add(LevelError, path+"/timeout", "%s waits for ever: give it a timeout", p.Name)
	case rto > 0 && time.Duration(p.Timeout) >= rto/2:
		c.add(LevelError, path+"/timeout", "a timeout of %s is not below half of the RTO of %s", p.Timeout, c.Objectives.RTO)
	}
}

// able are the fault modes that a driver can bring about by itself; others take any.
var able = map[string][]string{"sigstop": {"hang"}, "nft": {"partition"}, "istio": {"error", "hang"}}

func (c *checker) fault() {
	f := &c.Fault
	if f.Driver == "" {
		c.add(LevelError, "/fault", "driver is missing: how the fault is brought about, external if by people")
	}
	if least := c.leastFaultTime(); time.Duration(f.Duration) < least {
		c.add(LevelError, "/fault/duration", "a fault of %s is too short: recovery may take %s, and has to be seen holding for %s after it; let it last %s",
			f.Duration, Duration(least-watch), Duration(watch), Duration(least))
	}
	if f.Before == 0 {
		c.add(LevelWarning, "/fault", "watch_before is missing: without a normal day before the fault nothing tells what changed")
	}
	if f.After < c.Objectives.Failback {
		c.add(LevelError, "/fault/watch_after", "%s after the fault are too short to see a failback within %s", f.After, c.Objectives.Failback)
	}
	for i, mode := range c.Scenario.FaultModes {
		path := "/scenario/fault_modes/" + strconv.Itoa(i)
		if list, ok := able[f.Driver]; ok && !slices.Contains(list, mode) && !f.hooked(mode) {
			c.add(LevelError, path, "%s cannot bring about %s, and there is no hook for it", f.Driver, mode)
			continue
		}
		if f.Driver == "command" {
			c.hooks(mode)
		}
	}
}

func (f *Fault) hooked(mode string) bool {
	h := f.hooksOf(mode)
	return len(h.Inject) > 0 && len(h.Remove) > 0
}

// hooksOf are the commands of a mode.
func (f *Fault) hooksOf(mode string) Hooks {
	if h, ok := f.Hooks[mode]; ok {
		return h
	}
	return f.Hooks["*"]
}

func (c *checker) hooks(mode string) {
	h := c.Fault.hooksOf(mode)
	switch {
	case len(h.Inject) == 0:
		c.add(LevelError, "/fault/hooks", "no command brings about %s: hooks.%s.inject is missing", mode, mode)
	case len(h.Remove) == 0:
		c.add(LevelError, "/fault/hooks", "no command takes %s back: hooks.%s.remove is missing", mode, mode)
	case len(h.Verify) == 0:
		c.add(LevelNote, "/fault/hooks", "no command verifies that %s holds: the drill cannot tell a fault that was not applied from one that was survived", mode)
	}
}

func (c *checker) rollback() {
	if len(c.Rollback.Steps) == 0 {
		c.add(LevelError, "/rollback/steps", "there is no way back")
	}
	if !c.Rollback.Tested {
		c.add(LevelWarning, "/rollback", "nobody has tried the way back")
	}
}

func (c *checker) safety() {
	s := &c.Safety
	if len(s.AbortOn) == 0 {
		c.add(LevelError, "/safety/abort_on", "nothing ends the drill when it hurts more than it should")
	}
	for i := range s.AbortOn {
		a, path := &s.AbortOn[i], "/safety/abort_on/"+strconv.Itoa(i)
		switch {
		case a.Metric == s.OutcomeSignal:
			c.add(LevelError, path+"/metric", "%s both judges the drill and ends it: what is to be shown must be allowed to happen", a.Metric)
		case a.Metric == "file" && a.Path == "":
			c.add(LevelError, path, "the file that ends the drill has no path")
		case a.Metric != "file" && a.Over <= 0:
			c.add(LevelError, path, "%s ends the drill above 0, that is at once: give it gt", a.Metric)
		case a.Metric != "file" && c.Fault.Duration > 0 && a.For >= c.Fault.Duration:
			c.add(LevelWarning, path+"/for", "the fault is over before %s of it are: it ends no drill", a.For)
		}
		if a.Metric == "error_ratio" {
			c.bound(a, path)
		}
	}
	windows := "/safety/blocked_windows/"
	for i, text := range s.BlockedWindows {
		if _, err := ParseWindow(text); err != nil {
			c.add(LevelError, windows+strconv.Itoa(i), "%v", err)
		}
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil {
		c.add(LevelError, "/safety/timezone", "%q is no time zone, want one such as Europe/Berlin", s.Timezone)
	}
	if s.NullMaxAge == 0 {
		c.add(LevelWarning, "/safety", "null_drill_max_age is missing: a null drill of any age counts")
	}
	c.radius()
}

// bound tells of an abort that is sure to come, by the prediction.
func (c *checker) bound(a *Abort, path string) {
	for i := range c.Expect {
		if e := &c.Expect[i]; e.FailingShare > a.Over && e.Outcome != "unknown" && (a.Cell == "" || a.Cell == e.Cell) {
			c.add(LevelNote, path, "by the prediction %s of the requests of %s fail: the drill will be aborted after %s", percent(e.FailingShare), e.Cell, a.For)
			return
		}
	}
}

func (c *checker) radius() {
	r := &c.Safety.BlastRadius
	sc, err := failover.ParseScenario(c.Scenario.Fail)
	if err != nil {
		return
	}
	var regions []string
	for _, p := range sc.Parts {
		region := ""
		switch p.Target {
		case failover.Region:
			region = p.Value
		case failover.Zone:
			region = mesh.ParseLocality(p.Value).Region
		}
		if region != "" && !slices.Contains(regions, region) {
			regions = append(regions, region)
		}
	}
	if r.MaxRegions > 0 && len(regions) > r.MaxRegions {
		c.add(LevelError, "/safety/blast_radius/max_regions", "the scenario takes %d regions, and %d may be hurt", len(regions), r.MaxRegions)
	}
	if r.MaxServices > 0 && len(r.Services) > r.MaxServices {
		c.add(LevelError, "/safety/blast_radius/max_services", "%d services are touched, and %d may be hurt", len(r.Services), r.MaxServices)
	}
}

// observers finds whoever looks at the drill from inside of what fails.
func (c *checker) observers() {
	sc, err := failover.ParseScenario(c.Scenario.Fail)
	if err != nil {
		return
	}
	var failed []string
	for _, p := range sc.Parts {
		switch p.Target {
		case failover.Region, failover.Cluster, failover.Datacenter:
			failed = append(failed, p.Value)
		case failover.Zone:
			failed = append(failed, p.Value, mesh.ParseLocality(p.Value).Zone)
		}
	}
	for i := range c.Probes {
		p, path := &c.Probes[i], "/probes/"+strconv.Itoa(i)
		if slices.Contains(failed, p.From) {
			c.add(LevelError, path+"/from", "the prober %s is inside of what fails", p.From)
			c.class("D25")
		}
		if _, place, ok := strings.Cut(p.Source, "@"); ok && slices.Contains(failed, place) {
			c.add(LevelError, path+"/source", "%s is inside of what fails: its requests fail with it", p.Source)
			c.class("D25")
		}
	}
	for i, id := range c.Safety.BlastRadius.Services {
		parts := strings.Split(id, "/")
		if len(parts) < 2 {
			continue
		}
		namespace := parts[len(parts)-2]
		path := "/safety/blast_radius/services/" + strconv.Itoa(i)
		switch {
		case slices.Contains(c.Safety.BlastRadius.Exclude, namespace) || slices.Contains(c.Safety.BlastRadius.Exclude, id):
			c.add(LevelError, path, "the drill touches %s, which is to be left alone", id)
			c.class("D25")
		case slices.Contains(watching, namespace):
			c.add(LevelWarning, path, "the drill touches %s, which looks at the others", id)
			c.class("D25")
		}
	}
}
