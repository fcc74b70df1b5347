package infrastructure

import (
	"regexp"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

var (
	googleZone    = regexp.MustCompile(`^([a-z]+-[a-z]+[0-9]+)-[a-z]$`)
	googleRegion  = regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`)
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
	if n := len(labels); n > 4 && strings.Join(labels[n-3:], ".") == "cloudapp.azure.com" && azureNotation.MatchString(labels[n-4]) {
		return labels[n-4]
	}
	return nameRegion(host)
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

var regionShape = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)

// arnRegion is the region in an Amazon Resource Name, arn:partition:service:region:account:resource; "" = none.
func arnRegion(text string) string {
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 && parts[0] == "arn" && regionShape.MatchString(parts[3]) {
		return parts[3]
	}
	return ""
}

// nameRegion is the region in a name that AWS gives: pay-1.eu-west-1.elb.amazonaws.com, pay.elb.eu-west-1.amazonaws.com; "" = none.
func nameRegion(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if !strings.HasSuffix(name, ".amazonaws.com") && !strings.HasSuffix(name, ".amazonaws.com.cn") {
		return ""
	}
	for label := range strings.SplitSeq(name, ".") {
		if label = strings.TrimPrefix(label, "s3-website-"); regionShape.MatchString(label) {
			return label
		}
	}
	return ""
}

// zoneRegion is the region of an availability zone: us-east-1 of us-east-1a; "" = it has another form (local zones, Wavelength).
func zoneRegion(zone string) string {
	if region := strings.TrimRight(zone, "abcdefghijklmnopqrstuvwxyz"); len(region) == len(zone)-1 && regionShape.MatchString(region) {
		return region
	}
	return ""
}
