package infrastructure

import (
	"cmp"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/passmuster/muster/mesh"
)

// preset is a value, or the provider's documented default where nobody configures it. A data source has none: what is not written there is
// looked up.
func preset[T any](r *Resource, v mesh.Value[T], def T, provider string) mesh.Value[T] {
	switch {
	case v.State != mesh.Absent:
		return v
	case r.Mode == "data":
		return mesh.UnknownOf[T]("data source: "+r.Address, r.here())
	}
	return mesh.Of(def, mesh.Default(provider))
}

// perMille reads a share that may be a fraction as a weight in thousandths.
func (r *Resource) perMille(path ...any) mesh.Value[int] {
	return read(r, func(v cty.Value) (int, bool) {
		v, err := convert.Convert(v, cty.Number)
		if err != nil || !v.IsKnown() || v.IsNull() {
			return 0, false
		}
		f, _ := new(big.Float).Mul(v.AsBigFloat(), big.NewFloat(1000)).Float64()
		return int(math.Round(f)), f >= 0 && f < 1<<31
	}, path...)
}

// hours reads a number as a time.
func (r *Resource) hours(path ...any) mesh.Value[time.Duration] {
	return read(r, in(time.Hour), path...)
}

// because is the first cause that is not empty.
func because(causes ...string) string { return cmp.Or(causes...) }

// probe is a check that somebody makes from outside; unknown as a whole where one of its times is, so that nobody counts with 0.
func probe(id, by, handler string, interval, timeout mesh.Value[time.Duration], failures mesh.Value[int], at mesh.Origin) mesh.Value[*mesh.RecordCheck] {
	h := healthOf(by, handler, interval, timeout, failures, at)
	if h.State != mesh.Known {
		return mesh.UnknownOf[*mesh.RecordCheck](h.Cause, at)
	}
	return mesh.Of(&mesh.RecordCheck{ID: id, HealthCheck: *h.V}, at)
}

func healthOf(by, handler string, interval, timeout mesh.Value[time.Duration], failures mesh.Value[int], at mesh.Origin) mesh.Value[*mesh.HealthCheck] {
	if why := because(interval.Cause, timeout.Cause, failures.Cause); why != "" {
		return mesh.UnknownOf[*mesh.HealthCheck](why, at)
	}
	return mesh.Of(&mesh.HealthCheck{By: by, Handler: handler, Interval: interval.V, Timeout: timeout.V, Failure: failures.V, Origin: at}, at)
}

// bare is a name as callers write it: in small letters, without the last dot.
func bare(name string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
}
