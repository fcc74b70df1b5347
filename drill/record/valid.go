package record

import (
	"errors"
	"fmt"
)

// What a line must be to mean something. Writer and reader both hold to it.

func (h *Header) valid() error {
	switch {
	case h.APIVersion != APIVersion || h.Kind != Kind:
		return fmt.Errorf("apiVersion %q, kind %q: want %s, %s", Clip(h.APIVersion, 80), Clip(h.Kind, 80), APIVersion, Kind)
	case h.Run == "" || h.Prober.ID == "":
		return errors.New("run and prober.id must not be empty")
	case h.Prober.Mode != Open && h.Prober.Mode != Closed:
		return fmt.Errorf("prober.mode %q: want %s or %s", Clip(h.Prober.Mode, 80), Open, Closed)
	case h.WallAnchor.IsZero() || h.WallAnchor.Year() > 9999:
		return errors.New("wall_anchor must be a time")
	}
	if h.Clock != nil {
		if err := h.Clock.valid(); err != nil {
			return err
		}
	}
	if _, ok := parseHash(h.Continues); !ok && h.Continues != "" {
		return fmt.Errorf("continues %q is no hash", Clip(h.Continues, 80))
	}
	return texts(h.Run, h.PlanDigest, h.ConfigDigest, h.LiveConfigDigest, h.Prober.ID, h.Prober.Region, h.Prober.Zone, h.Prober.Version)
}

func (s *Sample) valid() error {
	switch {
	case s.Tick < 0 || s.Sched < 0 || s.Late < 0 || s.Code < 0 || s.Attempts < 0:
		return errors.New("i, sched_ms, late_ms, code and attempts are never negative")
	case s.End < s.Sched+s.Late:
		return errors.New("end_ms is before the request was sent")
	case s.Cell == "":
		return errors.New("cell must not be empty")
	case s.OK != (s.Err == ""):
		return errors.New("err is given if and only if ok is false")
	case s.Err != "" && !errorClasses[s.Err]:
		return fmt.Errorf("err %q is no class of errors", Clip(string(s.Err), 80))
	case s.Marker != nil && (s.Marker.N < 0 || s.Marker.Op != MarkerWrite && s.Marker.Op != MarkerRead):
		return errors.New("marker.op is write or read, and marker.n is never negative")
	case len(s.Identity.DNS) > maxNames:
		return fmt.Errorf("%d DNS names; %d are allowed", len(s.Identity.DNS), maxNames)
	}
	if err := texts(s.Identity.DNS...); err != nil {
		return err
	}
	d, id := &s.Dest, &s.Identity
	return texts(s.Cell, s.Source, s.Protocol, s.Detail, s.TLS, s.Role, s.Flags, s.Origin,
		d.Region, d.Zone, d.Cluster, d.Workload, d.Address, d.TLS, d.Peer, id.SPIFFE, id.Issuer, id.Root)
}

func (d *Drop) valid() error {
	switch {
	case d.Tick < 0 || d.Count < 1 || d.Count > MaxLines || d.Sched < 0 || d.Every < 0:
		return errors.New("i, sched_ms and every_ms are never negative, n is 1 or more")
	case d.Count > 1 && (d.Every == 0 || int64(d.Every) > maxMillis*1e6/d.Count):
		return errors.New("several ticks need an interval, and end within the span of a file")
	case d.Cell == "":
		return errors.New("cell must not be empty")
	case d.Why != DropLimit && d.Why != DropLate:
		return fmt.Errorf("why %q is no reason", Clip(string(d.Why), 80))
	}
	return texts(d.Cell)
}

func (e *Event) valid() error {
	lasting := e.Name == Inject || e.Name == Remove || e.Name == Failback || e.Name == Round
	switch {
	case e.At < 0:
		return errors.New("at_ms is never negative")
	case !lasting && e.Name != Abort && e.Name != Note:
		return fmt.Errorf("name %q is no event", Clip(string(e.Name), 80))
	case lasting && e.Edge != Begin && e.Edge != End:
		return fmt.Errorf("%s has edge begin or end", e.Name)
	case !lasting && e.Edge != "":
		return fmt.Errorf("%s has no edge", e.Name)
	case e.Failed && e.Edge != End:
		return errors.New("failed is said of ends alone")
	}
	return texts(e.Fault, e.Scenario, e.Mode, e.By, e.Detail)
}

func (c *Clock) valid() error {
	if c.At < 0 || c.Bound < 0 {
		return errors.New("at_ms and bound_ms are never negative")
	}
	return texts(c.Source)
}
