package config

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// annotationPrefix is that of all annotations of ours.
const annotationPrefix = "passmuster.dev/"

// The annotations of ours: those that make an objective, and those that others read.
var (
	objectiveKeys = []string{"survive", "faults", "rto", "rpo", "failback", "latency", "pattern", "encryption", "drill"}
	otherKeys     = []string{"depends-on", "ignore"}
)

// FromAnnotations reads the objective of a service from its annotations, such as
//
//	passmuster.dev/survive: zone,region
//	passmuster.dev/rto: 30s
//
// Keys and values are those of an objective in the config, lists with commas. at is the document of the service and
// basePath the JSON pointer of its annotations, usually "/metadata/annotations". The objective holds what is right; all
// that is wrong comes as problems, sorted by key. Its match is empty: it is for that service alone. It is nil where
// survive is missing, which is a problem if another annotation of an objective is there.
func FromAnnotations(annotations map[string]string, at mesh.Locator, basePath string) (*Objective, []Problem) {
	a := annotated{origin: mesh.At(at, basePath)}
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		short, ours := strings.CutPrefix(key, annotationPrefix)
		if ours && !slices.Contains(otherKeys, short) {
			a.read(short, strings.TrimSpace(annotations[key]))
		}
	}
	if len(a.objective.Survive) == 0 {
		if _, ok := annotations[annotationPrefix+"survive"]; !ok && a.given != "" {
			a.report(a.given, errors.New("it promises nothing without passmuster.dev/survive, such as \"zone,region\""))
		}
		return nil, a.problems
	}
	if len(a.objective.Faults) == 0 {
		a.objective.Faults, a.objective.UsualFaults = DefaultFaults(), true
	}
	a.objective.Position = a.objective.Origin.Position()
	return &a.objective, a.problems
}

// annotated is an objective while its annotations are read.
type annotated struct {
	objective Objective
	origin    mesh.Origin // of all annotations
	given     string      // the first key that belongs to an objective
	problems  []Problem
}

func (a *annotated) at(key string) mesh.Origin {
	return a.origin.Child(escape.Replace(annotationPrefix + key))
}

func (a *annotated) report(key string, err error) {
	a.problems = append(a.problems, Problem{
		Position: a.at(key).Position(),
		Message:  annotationPrefix + key + ": " + err.Error(),
	})
}

func (a *annotated) read(key, value string) {
	o := &a.objective
	if !slices.Contains(objectiveKeys, key) {
		a.report(key, unknown("annotation", key, slices.Concat(objectiveKeys, otherKeys), ""))
		return
	}
	if a.given == "" {
		a.given = key
	}
	switch key {
	case "survive":
		o.Origin = a.at(key)
		o.Survive = a.list(key, value, failure)
	case "faults":
		o.Faults = a.list(key, value, fault)
	case "rto":
		o.RTO = a.duration(key, value)
	case "rpo":
		o.RPO = a.duration(key, value)
	case "failback":
		o.Failback = a.duration(key, value)
	case "latency":
		o.Latency = a.duration(key, value)
	case "pattern":
		o.Pattern = one(a, key, value, pattern)
	case "encryption":
		o.Encryption = one(a, key, value, encryption)
	case "drill":
		o.Drill.MaxAge = a.duration(key, value)
	}
}

// list returns the items that parse accepts, each once.
func (a *annotated) list(key, value string, parse func(string) (string, error)) []string {
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		item = one(a, key, strings.TrimSpace(item), parse)
		if item != "" && !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	return items
}

func (a *annotated) duration(key, value string) mesh.Value[time.Duration] {
	before := len(a.problems)
	d := one(a, key, value, duration)
	if len(a.problems) > before {
		return mesh.Value[time.Duration]{}
	}
	return mesh.Of(d, a.at(key))
}

func one[T any](a *annotated, key, value string, parse func(string) (T, error)) T {
	v, err := parse(value)
	if value == "" {
		err = errEmpty
	}
	if err != nil {
		a.report(key, err)
	}
	return v
}
