package xds

import (
	"strconv"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/passmuster/muster/mesh"
)

// detection is what takes endpoints of a cluster out.
func (m *Mesh) detection(p *mesh.Pool, c *Resource[*clusterv3.Cluster]) mesh.Detection {
	var d mesh.Detection
	if od := c.Message.GetOutlierDetection(); od != nil {
		at := c.Origin.Child("outlier_detection")
		if m.grpc() {
			d.Outlier = grpcDetection(p, od, at)
		} else {
			d.Outlier = envoyDetection(od, at)
		}
	}
	checks := c.Message.GetHealthChecks()
	if len(checks) == 0 {
		return d
	}
	at := c.Origin.Child("health_checks").Child("0")
	if m.grpc() {
		p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossIgnored, Takes: mesh.TakesDetection, Origin: at, Detail: "gRPC asks no endpoint by itself: health_checks are Envoy's"})
		return d
	}
	h := checks[0]
	handler := "http"
	switch {
	case h.GetTcpHealthCheck() != nil:
		handler = "tcp"
	case h.GetGrpcHealthCheck() != nil:
		handler = "grpc"
	}
	d.Check = &mesh.HealthCheck{By: "each Envoy", Handler: handler, Interval: h.GetInterval().AsDuration(), Timeout: h.GetTimeout().AsDuration(),
		Failure: int(max(1, min(h.GetUnhealthyThreshold().GetValue(), 1000))), Origin: at}
	return d
}

// grpcDetection is what gRPC makes of outlier detection. It knows shares of failures, and no rows of them.
// gRFC A50. The success rate is left out: it ejects endpoints that differ from the others of their priority, and those of a place that is
// lost do not.
func grpcDetection(p *mesh.Pool, od *clusterv3.OutlierDetection, at mesh.Origin) *mesh.OutlierDetection {
	if od.GetEnforcingFailurePercentage().GetValue() == 0 {
		why := "gRPC ejects by shares of failures only where enforcing_failure_percentage is above 0"
		if od.GetConsecutive_5Xx() != nil || od.GetConsecutiveGatewayFailure() != nil {
			why = "gRPC does not count failures in a row (consecutive_5xx); it ejects by shares of them, where enforcing_failure_percentage is above 0"
		}
		p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossIgnored, Takes: mesh.TakesDetection, Origin: at, Detail: why})
		return nil
	}
	o := common(od, at)
	o.BelowBound = true
	o.Consecutive5xx = mesh.Of(0, at)
	o.FailurePercentage = &mesh.FailurePercentage{Threshold: count(od.GetFailurePercentageThreshold(), 85, at.Child("failure_percentage_threshold"), "gRPC"),
		MinimumHosts: count(od.GetFailurePercentageMinimumHosts(), 5, at.Child("failure_percentage_minimum_hosts"), "gRPC"),
		Volume:       count(od.GetFailurePercentageRequestVolume(), 50, at.Child("failure_percentage_request_volume"), "gRPC"), Origin: at}
	return o
}

// envoyDetection is Envoy's: rows of failures. A mechanism that is enforced with 0 percent is off.
func envoyDetection(od *clusterv3.OutlierDetection, at mesh.Origin) *mesh.OutlierDetection {
	o := common(od, at)
	o.Consecutive5xx = enforced(od.GetEnforcingConsecutive_5Xx(), 100, count(od.GetConsecutive_5Xx(), 5, at.Child("consecutive_5xx"), "Envoy"))
	o.ConsecutiveGateway = enforced(od.GetEnforcingConsecutiveGatewayFailure(), 0, count(od.GetConsecutiveGatewayFailure(), 5, at.Child("consecutive_gateway_failure"), "Envoy"))
	if od.GetSplitExternalLocalOriginErrors() {
		o.LocalOrigin = enforced(od.GetEnforcingConsecutiveLocalOriginFailure(), 100, count(od.GetConsecutiveLocalOriginFailure(), 5, at.Child("consecutive_local_origin_failure"), "Envoy"))
	}
	o.BelowBound = od.GetAlwaysEjectOneHost().GetValue()
	return o
}

func common(od *clusterv3.OutlierDetection, at mesh.Origin) *mesh.OutlierDetection {
	return &mesh.OutlierDetection{Interval: span(od.GetInterval(), 10*time.Second, at.Child("interval")), BaseEjection: span(od.GetBaseEjectionTime(), 30*time.Second, at.Child("base_ejection_time")),
		MaxEjectionPercent: count(od.GetMaxEjectionPercent(), 10, at.Child("max_ejection_percent"), "xDS"), Origin: at}
}

func enforced(percent *wrapperspb.UInt32Value, otherwise uint32, v mesh.Value[int]) mesh.Value[int] {
	share := otherwise
	if percent != nil {
		share = percent.GetValue()
	}
	if share == 0 {
		v.V = 0
	}
	return v
}

func count(v *wrapperspb.UInt32Value, otherwise int, at mesh.Origin, of string) mesh.Value[int] {
	if v == nil {
		return mesh.Of(otherwise, mesh.Default(of+" ("+strconv.Itoa(otherwise)+")"))
	}
	return mesh.Of(int(min(v.GetValue(), 1<<20)), at)
}

func span(v *durationpb.Duration, otherwise time.Duration, at mesh.Origin) mesh.Value[time.Duration] {
	if v == nil {
		return mesh.Of(otherwise, mesh.Default("xDS ("+otherwise.String()+")"))
	}
	return mesh.Of(min(max(v.AsDuration(), 0), 365*24*time.Hour), at)
}
