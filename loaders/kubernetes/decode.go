package kubernetes

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// kinds are the kinds that Build reads, by API group.
var kinds = map[string][]string{
	"":                  {"Service", "Endpoints", "Pod", "Node", "Namespace", "ServiceAccount", "ConfigMap"},
	"apps":              {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"},
	"batch":             {"Job", "CronJob"},
	"argoproj.io":       {"Rollout"},
	"discovery.k8s.io":  {"EndpointSlice"},
	"autoscaling":       {"HorizontalPodAutoscaler"},
	"policy":            {"PodDisruptionBudget"},
	"networking.k8s.io": {"Ingress"},
	"extensions":        {"Ingress", "Deployment", "DaemonSet", "ReplicaSet"},
}

// Handles reports whether Build reads objects of a kind.
func Handles(apiVersion, kind string) bool {
	group, _, named := strings.Cut(apiVersion, "/")
	if !named {
		group = ""
	}
	for _, k := range kinds[group] {
		if k == kind {
			return true
		}
	}
	return false
}

// decode reads one document into the object of its kind; nil if it is of no use.
func decode(doc *source.Document) (any, []source.Diagnostic) {
	if !Handles(doc.APIVersion, doc.Kind) {
		return nil, nil
	}
	switch doc.Kind {
	case "Service":
		return convert(doc, newService)
	case "EndpointSlice":
		return convert(doc, newSlice)
	case "Endpoints":
		return convert(doc, newSlicesOfEndpoints)
	case "Node":
		return convert(doc, newNode)
	case "Namespace":
		return convert(doc, newNamespace)
	case "ServiceAccount":
		return convert(doc, newServiceAccount)
	case "ConfigMap":
		return convert(doc, newConfigMap)
	case "Ingress":
		return convert(doc, newIngress)
	case "HorizontalPodAutoscaler":
		return convert(doc, newAutoscaler)
	case "PodDisruptionBudget":
		return convert(doc, newDisruptionBudget)
	case "Pod":
		return convert(doc, newPodManifest)
	}
	return convert(doc, newWorkloadManifest)
}

// convert decodes a document and hands it to the constructor of its kind.
func convert[T, R any](doc *source.Document, construct func(*reading, *T) R) (any, []source.Diagnostic) {
	r := reading{doc: doc, key: Key{Namespace: doc.Namespace, Name: doc.Name}}
	switch {
	case isClusterScoped(doc.Kind):
		r.key.Namespace = ""
	case doc.Namespace == "":
		r.key.Namespace = "default"
	}
	v := read[T](&r)
	if v == nil {
		return nil, r.diags
	}
	if r.key.Name == "" {
		var o object
		_ = json.Unmarshal(doc.JSON, &o) // it has been read already: what is wrong is reported
		if r.key.Name = o.Metadata.GenerateName; r.key.Name == "" {
			r.fail("/metadata", "this "+doc.Kind+" has no metadata.name")
			return nil, r.diags
		}
	}
	return construct(&r, v), r.diags
}

func isClusterScoped(kind string) bool { return kind == "Node" || kind == "Namespace" }

// reading is the decoding of one document: what it is called, and what is wrong with it.
type reading struct {
	doc   *source.Document
	key   Key
	bad   []string // JSON pointers of values that have the wrong type
	diags []source.Diagnostic
}

// isBad reports whether the value at a pointer was left out for its type.
func (r *reading) isBad(pointer string) bool {
	for _, b := range r.bad {
		if b == pointer {
			return true
		}
	}
	return false
}

func (r *reading) fail(pointer, message string) {
	r.diags = append(r.diags, source.Diagnostic{Position: r.doc.Locate(pointer), Message: message})
}

// maxBadValues is how many values of the wrong type are reported of one document.
const maxBadValues = 20

// read decodes a document. A value of the wrong type is reported and left out, and everything
// else is read; nil if nothing can be.
func read[T any](r *reading) *T {
	data := r.doc.JSON
	if v := new(T); fill(data, v) {
		return v
	}
	for {
		v := new(T)
		err := json.Unmarshal(data, v)
		if err == nil {
			return v
		}
		wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
		if !ok {
			r.fail("", "this "+r.doc.Kind+" cannot be read: "+err.Error())
			return nil
		}
		at := valueBefore(data, wrong.Offset)
		if at.pointer == "" || at.end == 0 {
			r.fail("", "this "+r.doc.Kind+" is not an object")
			return nil
		}
		if len(r.bad) == maxBadValues || r.isBad(at.pointer) {
			return v
		}
		r.bad = append(r.bad, at.pointer)
		r.fail(at.pointer, wrongType(at, data[at.start:at.end], wrong.Type))
		data = replace(data, at, wrong.Type)
	}
}
