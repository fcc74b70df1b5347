package infrastructure

import (
	"cmp"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/passmuster/muster/loaders/terraform"
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

// blocks is how many blocks of a kind there are at a path, or elements of a list. Open tells why there may be more.
func (r *Resource) blocks(path ...any) (n int, open string) {
	l := r.Leaf(path...)
	if nothing(l) || l.Value == cty.NilVal {
		return 0, ""
	}
	switch t := l.Value.Type(); {
	case !l.Value.IsKnown() && l.Unknown != nil:
		return 0, l.Unknown.Reason
	case !l.Value.IsKnown() || l.Value.IsNull():
		return 0, ""
	case t.IsTupleType() || t.IsListType():
		if n = l.Value.LengthInt(); n > maxItems {
			return maxItems, tooMany
		}
		return n, ""
	case t.IsSetType():
		return 0, "the order of a set is not known"
	case !t.IsObjectType():
		return 0, ""
	}
	for n = 1; n < maxItems; n++ {
		next := r.Leaf(deeper(path, n)...)
		switch {
		case next.Absent || next.Value == cty.NilVal || next.Value.IsNull():
			return n, ""
		case !next.Value.IsKnown() && next.Unknown != nil:
			return n, next.Unknown.Reason
		}
	}
	return n, tooMany
}

// maxItems bounds how many blocks of one kind, or elements of one list, are looked at.
const (
	maxItems = 250
	tooMany  = "there are too many of them to look at"
)

// nothing reports whether nobody configures what a leaf stands for: it is absent, null, or a list without elements.
func nothing(l terraform.Leaf) bool {
	if l.Absent || l.Value == cty.NilVal {
		return true
	}
	if !l.Value.IsKnown() || l.Value.IsNull() {
		return l.Value.IsKnown()
	}
	t := l.Value.Type()
	return (t.IsCollectionType() || t.IsTupleType() || t.IsObjectType()) && l.Value.LengthInt() == 0
}

// deeper is a path with more steps.
func deeper(path []any, steps ...any) []any { return slices.Concat(path, steps) }

// whole is the one resource that a value is an attribute of, of one of some types; nil where it may stand for something else as well.
func (b *builder) whole(l terraform.Leaf, types ...string) (found *Resource) {
	if l.Unknown != nil {
		for cause := range strings.SplitSeq(l.Unknown.Reason, "; ") {
			if !strings.HasPrefix(cause, "computed: ") && !strings.HasPrefix(cause, "data source: ") {
				return nil
			}
		}
	}
	for _, ref := range l.Refs {
		r, _ := b.refer(ref)
		if r == nil || found != nil && r != found {
			return nil
		}
		found = r
	}
	if found != nil && len(types) > 0 && !slices.Contains(types, strings.TrimPrefix(found.key(), "data.")) {
		return nil
	}
	return found
}

// asValue is a leaf as a text.
func asValue(l terraform.Leaf) mesh.Value[string] {
	at := originOf(l)
	switch {
	case nothing(l), l.Unknown == nil && l.Value.IsNull():
		return mesh.Value[string]{Origin: at}
	case l.Unknown != nil:
		return mesh.UnknownOf[string](l.Unknown.Reason, at)
	}
	if text, ok := asText(l.Value); ok {
		return mesh.Of(text, at)
	}
	return mesh.UnknownOf[string]("it is no text", at)
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

var (
	googleZone    = regexp.MustCompile(`^([a-z]+-[a-z]+[0-9]+)-[a-z]$`)
	googleRegion  = regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`)
	amazonRegion  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	azureNotation = regexp.MustCompile(`^[a-z]+[0-9]?$`)
)

// azureRegion is a location as azurerm compares them: in small letters, without spaces ("West Europe" is westeurope).
func azureRegion(location string) string {
	return strings.ToLower(strings.ReplaceAll(location, " ", ""))
}

// azureLocation reads a location of azurerm, or a list of them.
func azureLocation(r *Resource, path ...any) mesh.Value[string] {
	v := r.text(path...)
	switch {
	case v.IsKnown():
		v.V = azureRegion(v.V)
	case v.State == mesh.Absent:
		return mesh.UnknownOf[string]("nothing says where it is", v.Origin)
	}
	return v
}

// hostRegion is the region that a name of a cloud tells: pay.westeurope.cloudapp.azure.com, pay-1.eu-west-1.elb.amazonaws.com; "" = none.
func hostRegion(host string) string {
	labels := strings.Split(bare(host), ".")
	for i, label := range labels {
		switch rest := strings.Join(labels[i+1:], "."); {
		case i > 0 && rest == "cloudapp.azure.com" && azureNotation.MatchString(label):
			return label
		case strings.HasSuffix("."+rest, ".amazonaws.com") && amazonRegion.MatchString(label):
			return label
		}
	}
	return ""
}

// regionOf is where a resource is that a member leads to.
func regionOf(r *Resource) mesh.Value[string] {
	none := mesh.UnknownOf[string](r.Address+" tells no region", r.here())
	cloud, _, _ := strings.Cut(r.Type, "_")
	switch {
	case slices.Contains(anywhere, r.Type):
		return none
	case cloud == "aws":
		return r.region()
	case cloud == "azurerm" && !nothing(r.Leaf("location")):
		return azureLocation(r, "location")
	case cloud == "google" && !strings.HasPrefix(r.Type, "google_compute_global_"):
		return googlePlace(r)
	case cloud != "azurerm" && cloud != "google" && !nothing(r.Leaf("region")):
		return r.text("region")
	}
	return none
}

// anywhere are types whose location or region says nothing of where requests go.
var anywhere = []string{"aws_cloudfront_distribution", "aws_globalaccelerator_accelerator", "aws_route53_record", "azurerm_cdn_endpoint",
	"azurerm_frontdoor", "azurerm_storage_account", "azurerm_resource_group", "google_storage_bucket"}
