package fix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/loaders/edit"
)

// detection is what a failover list needs beside it. All but the bound are Istio's defaults, written down. The bound
// lets the whole first tier be ejected, which is what makes the next one answer.
// Istio: DestinationRule, OutlierDetection.
func detection() edit.Object {
	return edit.Object{{Key: "consecutive5xxErrors", Value: 5}, {Key: "interval", Value: "10s"},
		{Key: "baseEjectionTime", Value: "30s"}, {Key: "maxEjectionPercent", Value: 100}}
}

const listPath = "/loadBalancer/localityLbSetting"

// inertFailover repairs lists without detection, and bounds that nobody chose.
func inertFailover(c *Case) []Proposal {
	if !c.isRule() {
		return nil
	}
	switch c.Cause.Kind {
	case failover.CauseInert:
		return addDetection(c)
	case failover.CauseBound:
		return raiseBound(c, 100)
	}
	return nil
}

// addDetection puts outlierDetection beside a failover list. The list asks for it: Istio makes no tiers without.
func addDetection(c *Case) []Proposal {
	policy, ok := strings.CutSuffix(c.Path, listPath)
	if !ok || read(c.Doc, policy+"/outlierDetection") != nil {
		return nil
	}
	var setting struct {
		Enabled          *bool
		Failover         []any
		FailoverPriority []string
	}
	if json.Unmarshal(read(c.Doc, c.Path), &setting) != nil || setting.Enabled != nil && !*setting.Enabled || len(setting.Failover)+len(setting.FailoverPriority) == 0 {
		return nil
	}
	return c.safely("add outlierDetection, whose bound lets the whole first tier be ejected",
		edit.Op{Kind: edit.Insert, Path: policy, Key: "outlierDetection", Value: detection(), After: []string{"loadBalancer"}})
}

// raiseBound writes maxEjectionPercent where nobody did. One that is written was chosen.
func raiseBound(c *Case, percent int) []Proposal {
	switch base(c.Path) {
	case "outlierDetection":
		return c.safely(fmt.Sprintf("add maxEjectionPercent: %d", percent),
			edit.Op{Kind: edit.Insert, Path: c.Path, Key: "maxEjectionPercent", Value: percent, After: []string{"baseEjectionTime", "interval", "consecutive5xxErrors"}})
	case "maxEjectionPercent":
		return c.suggest("somebody chose "+string(read(c.Doc, c.Path)), fmt.Sprintf("set maxEjectionPercent to %d", percent),
			edit.Op{Path: c.Path, Value: percent})
	}
	return nil
}

// withoutTiers suggests detection for a list that relies on the mesh's default, whose values it would replace.
func withoutTiers(c *Case) []Proposal {
	if !c.isRule() {
		return nil
	}
	list := addDetection(c)
	for i := range list {
		list[i].Safety, list[i].Decide = Judgement, "are the values right that replace those of the mesh's default?"
	}
	return list
}

// hangNotSeen suggests a timeout: how long callers may wait is theirs to say.
func hangNotSeen(c *Case) []Proposal {
	route := c.Path
	if c.Doc.Kind != "VirtualService" || parent(route) != "/spec/http" || read(c.Doc, route+"/timeout") != nil {
		return nil
	}
	return c.suggest("how long may a request take? 5s is an example", "add timeout: 5s",
		edit.Op{Kind: edit.Insert, Path: route, Key: "timeout", Value: "5s", After: []string{"route", "match", "name"}})
}

// retriesStayLocal lets retries leave the tier: the failover that is configured leaves it as well.
func retriesStayLocal(c *Case) []Proposal {
	retries := c.Path
	if i := slices.Index(strings.Split(retries, "/"), "retries"); i < 0 || c.Doc.Kind != "VirtualService" {
		return nil
	} else {
		retries = strings.Join(strings.Split(retries, "/")[:i+1], "/")
	}
	const key = "retryRemoteLocalities"
	switch value := string(read(c.Doc, retries+"/"+key)); value {
	case "":
		return c.safely("add "+key+": true", edit.Op{Kind: edit.Insert, Path: retries, Key: key, Value: true})
	case "false":
		return c.suggest("somebody chose false", "set "+key+" to true", edit.Op{Path: retries + "/" + key, Value: true})
	}
	return nil
}
