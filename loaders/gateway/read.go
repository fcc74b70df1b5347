package gateway

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Decoded is what came of one document. Exactly one member besides Facts is set; Facts may come along with any.
type Decoded struct {
	Route      *Route
	Gateway    *Gateway
	Class      *Class
	Grant      *ReferenceGrant
	TLSPolicy  *BackendTLSPolicy
	Diagnostic *source.Diagnostic // it could not be read, and is left out
	Facts      []*mesh.Fact
}

// Reads reports whether a document is of a kind that this package reads.
func Reads(d *source.Document) bool {
	switch group, _, _ := strings.Cut(d.APIVersion, "/"); group {
	case Group:
		switch d.Kind {
		case HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, KindGateway, KindGatewayClass, KindReferenceGrant, KindBackendTLSPolicy:
			return true
		}
	case GroupLinkerd:
		return d.Kind == HTTPRoute
	}
	return false
}

// Read reads the documents that are of the Gateway API; others are skipped. Of two definitions of an object in one cluster the
// first counts, and a Fact tells of the second.
func Read(docs []*source.Document) *Objects {
	type key struct{ cluster, object string }
	first := map[key]*source.Document{}
	out := &Objects{}
	for _, d := range docs {
		if !Reads(d) {
			continue
		}
		k := key{d.Cluster, d.Key()}
		known := first[k]
		switch {
		case known == nil || d.Name == "":
			first[k] = d
			out.add(Decode(d))
		case known.File != d.File || known.Index != d.Index || known.Line != d.Line:
			out.Facts = append(out.Facts, repeated(d, known))
		}
	}
	return out
}

func repeated(d, first *source.Document) *mesh.Fact {
	return &mesh.Fact{
		Kind: mesh.FactDuplicate, Origin: mesh.At(d, ""), Resource: d.Resource(),
		Related: []mesh.Evidence{{What: "the definition that counts", Origin: mesh.At(first, "")}},
		Message: fmt.Sprintf("%s %s/%s is defined twice in cluster %s; the definition at %s counts, and this one is left out: remove one of them",
			d.Kind, cmp.Or(d.Namespace, "default"), d.Name, d.Cluster, mesh.At(first, "").Position()),
	}
}

func (o *Objects) add(d Decoded) {
	o.Facts = append(o.Facts, d.Facts...)
	switch {
	case d.Diagnostic != nil:
		o.Diagnostics = append(o.Diagnostics, *d.Diagnostic)
	case d.Route != nil:
		o.Routes = append(o.Routes, d.Route)
	case d.Gateway != nil:
		o.Gateways = append(o.Gateways, d.Gateway)
	case d.Class != nil:
		o.Classes = append(o.Classes, d.Class)
	case d.Grant != nil:
		o.Grants = append(o.Grants, d.Grant)
	case d.TLSPolicy != nil:
		o.TLSPolicies = append(o.TLSPolicies, d.TLSPolicy)
	}
}

// Decode reads one document of a kind that Reads names; of another kind nothing comes.
func Decode(d *source.Document) Decoded {
	if !Reads(d) {
		return Decoded{}
	}
	o, err := readObject(d)
	if err == nil {
		var out Decoded
		if out, err = o.decode(); err == nil {
			out.Facts = o.facts
			return out
		}
	}
	return Decoded{Facts: o.facts, Diagnostic: &source.Diagnostic{
		Position: mesh.At(d, "/spec").Position(),
		Message:  fmt.Sprintf("%s %s is left out: %s", d.Kind, o.name(), inWords(err)),
	}}
}

// inWords says what is wrong with a value, without Go's names of types, which stand for embedded ones in the path.
func inWords(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := slices.DeleteFunc(strings.Split(wrong.Field, "."), func(part string) bool { return part != "" && unicode.IsUpper(rune(part[0])) })
		return fmt.Sprintf("%s cannot be a %s", strings.Join(append([]string{"spec"}, field...), "."), wrong.Value)
	}
	return err.Error()
}

// object is one document with its spec not decoded yet.
type object struct {
	meta         Meta
	spec, status json.RawMessage
	facts        []*mesh.Fact
}

func readObject(d *source.Document) (*object, error) {
	group, version, _ := strings.Cut(d.APIVersion, "/")
	o := &object{meta: Meta{Group: group, Version: version, Kind: d.Kind, Namespace: d.Namespace, Name: d.Name, Cluster: d.Cluster, Doc: d}}
	if o.meta.Namespace == "" && d.Kind != KindGatewayClass {
		o.meta.Namespace = "default"
	}
	var parts struct {
		Metadata struct {
			Labels            map[string]string `json:"labels"`
			Annotations       map[string]string `json:"annotations"`
			CreationTimestamp string            `json:"creationTimestamp"`
		} `json:"metadata"`
		Spec   json.RawMessage `json:"spec"`
		Status json.RawMessage `json:"status"`
	}
	if err := json.Unmarshal(d.JSON, &parts); err != nil {
		return o, err
	}
	m := parts.Metadata
	o.meta.Labels, o.meta.Annotations, o.spec, o.status = m.Labels, m.Annotations, parts.Spec, parts.Status
	if t, err := time.Parse(time.RFC3339, m.CreationTimestamp); err == nil {
		o.meta.Created = t
	}
	return o, nil
}

func (o *object) name() string {
	if o.meta.Namespace == "" {
		return o.meta.Name
	}
	return o.meta.Key()
}

// invalid notes a value that the API server refuses, by the schema of the CRD.
func (o *object) invalid(at mesh.Origin, what string) {
	o.facts = append(o.facts, &mesh.Fact{
		Kind: mesh.FactInvalid, Origin: at, Resource: o.meta.Resource(),
		Message: fmt.Sprintf("The API server refuses %s %s: %s", o.meta.Kind, o.name(), what),
	})
}
