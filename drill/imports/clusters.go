package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// proxyClusters is what is read of /clusters?format=json (envoy: api/envoy/admin/v3/clusters.proto). Zero and false may be left
// out: a host without a priority is of priority 0, which is how the fields' zero values read it.
type proxyClusters struct {
	Statuses []struct {
		Name    string `json:"name"`
		Service string `json:"eds_service_name"`
		Hosts   []struct {
			Address struct {
				Socket *struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
				Internal *struct {
					Name     string `json:"server_listener_name"`
					Endpoint string `json:"endpoint_id"`
				} `json:"envoy_internal_address"`
			} `json:"address"`
			Health struct {
				EDS           string `json:"eds_health_status"`
				FailedActive  bool   `json:"failed_active_health_check"`
				FailedOutlier bool   `json:"failed_outlier_check"`
				Excluded      bool   `json:"excluded_via_immediate_hc_fail"`
				Pending       bool   `json:"pending_active_hc"`
				TimedOut      bool   `json:"active_hc_timeout"`
			} `json:"health_status"`
			Weight   int `json:"weight"`
			Priority int `json:"priority"`
			Locality struct {
				Region string `json:"region"`
				Zone   string `json:"zone"`
			} `json:"locality"`
		} `json:"host_statuses"`
	} `json:"cluster_statuses"`
}

// envoyClusters reads what a proxy held of its endpoints. It has no time: Options.At says when it was taken, and without it the
// states have none.
func envoyClusters(ctx context.Context, r io.Reader, o *Options, l *ledger) error {
	data, err := readWhole(ctx, r, maxJournal, l)
	if err != nil {
		return err
	}
	var p proxyClusters
	if err := decodeJSON(data, &p); err != nil {
		return err
	}
	if p.Statuses == nil {
		return errors.New("no clusters of a proxy: cluster_statuses is missing (ask with format=json)")
	}
	if o.At.IsZero() {
		if err := l.note(0, "the answer of a proxy does not tell when it was given, and nobody said: it cannot be put between events", 0); err != nil {
			return err
		}
	}
	hosts := 0
	for i := range p.Statuses {
		c := &p.Statuses[i]
		t := parseTarget(record.Clip(c.Name, maxText))
		if t.Host == "" && t.inbound || len(c.Hosts) == 0 && t.Host == "" {
			continue // the proxy's own
		}
		s := observe.State{Subject: t.Subject, At: o.At, Proxy: record.Clip(o.Proxy, maxText)}
		if s.Host == "" {
			s.Host = record.Clip(c.Name, maxText)
		}
		s.Source, s.SourceCluster = o.Source, o.SourceCluster
		for j := range c.Hosts {
			h := &c.Hosts[j]
			if hosts++; hosts > maxHosts {
				return fmt.Errorf("more than %d endpoints", maxHosts)
			}
			host := observe.Host{
				Priority: h.Priority, Weight: h.Weight, Region: record.Clip(h.Locality.Region, maxText), Zone: record.Clip(h.Locality.Zone, maxText),
				Ejected: h.Health.FailedOutlier, FailedActive: h.Health.FailedActive || h.Health.Excluded || h.Health.TimedOut,
				Draining: h.Health.EDS == "DRAINING", DiscoverState: record.Clip(h.Health.EDS, maxText),
			}
			switch {
			case h.Address.Socket != nil:
				host.Address = net.JoinHostPort(record.Clip(h.Address.Socket.Address, maxText), strconv.Itoa(h.Address.Socket.Port))
			case h.Address.Internal != nil:
				host.Address = record.Clip(h.Address.Internal.Endpoint, maxText)
			}
			where := record.Dest{Address: host.Address, Region: host.Region, Zone: host.Zone}
			places(o.Places).locate(&where)
			host.Region, host.Zone = where.Region, where.Zone
			host.Healthy = !host.Ejected && !host.FailedActive && !h.Health.Pending && healthyByDiscovery(host.DiscoverState)
			s.Hosts = append(s.Hosts, host)
		}
		if err := l.state(s); err != nil {
			return err
		}
	}
	return nil
}

// healthyByDiscovery reports whether the control plane takes an endpoint for healthy. What it does not say is healthy (envoy: core
// HealthStatus UNKNOWN).
func healthyByDiscovery(status string) bool {
	switch strings.ToUpper(status) {
	case "", "HEALTHY", "UNKNOWN":
		return true
	}
	return false
}
