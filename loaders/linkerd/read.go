package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Handles reports whether Read reads objects of a kind.
func Handles(apiVersion, kind string) bool {
	k := kindOf(apiVersion, kind)
	return readers[k] != nil || inboundReaders[k] != nil
}

// kindOf is group/kind; the version is left out, as one object can be written in several.
func kindOf(apiVersion, kind string) string {
	group, _, named := strings.Cut(apiVersion, "/")
	if !named {
		group = ""
	}
	return group + "/" + kind
}

// readers read one document each into the objects, by group/kind.
var readers = map[string]func(*reader, *source.Document){
	"/Namespace":                      readNamespace,
	"/Node":                           readNode,
	"/Service":                        readService,
	"/Pod":                            readPod,
	"/Endpoints":                      readEndpoints,
	groupDiscovery + "/EndpointSlice": readSlice,
	groupLinkerd + "/ServiceProfile":  readProfile,
	groupSplit + "/TrafficSplit":      readSplit,
	groupPolicy + "/Server":           readServer,
	groupMulticluster + "/Link":       readLink,
}

// reader puts the objects of one cluster together.
type reader struct {
	out   *Objects
	diags []source.Diagnostic
	seen  map[string]*source.Document
	doc   *source.Document // the one that is read
	told  int              // what was reported of it
	// borrowed are Rollouts that run the template of a Deployment, by their own keys.
	borrowed map[SubjectKey]SubjectKey
}

// maxProblems is how many problems of one document are told; no document that a person wrote has as
// many.
const maxProblems = 20

// Read reads the objects of one cluster that decide Linkerd's answers; other documents are skipped.
// A value that cannot be read is reported with its place and left out, and everything else holds. Of
// two definitions of one object the first counts.
func Read(docs []*source.Document) (*Objects, []source.Diagnostic) {
	r := &reader{seen: map[string]*source.Document{}, borrowed: map[SubjectKey]SubjectKey{}, out: &Objects{
		Namespaces: map[string]*Meta{},
		Nodes:      map[string]*Meta{},
		Services:   map[kubernetes.Key]*Service{},
		Slices:     map[kubernetes.Key][]*Slice{},
		Pods:       map[kubernetes.Key]*Pod{},
		Endpoints:  map[kubernetes.Key]*Endpoints{},
		Profiles:   map[kubernetes.Key]*ServiceProfile{},
		Splits:     map[kubernetes.Key]*TrafficSplit{},
		Servers:    map[string][]*Server{},

		InboundObjects: newInboundObjects(),
	}}
	for _, doc := range docs {
		kind := kindOf(doc.APIVersion, doc.Kind)
		read, inbound := readers[kind], inboundReaders[kind]
		if read == nil && inbound == nil || !r.isNew(kind, doc) {
			continue
		}
		if read != nil {
			read(r, doc)
		}
		r.unknownFields(doc)
		if told := len(r.diags); inbound != nil {
			inbound(r, doc)
			if read != nil {
				r.diags = r.diags[:told] // the other reader told what cannot be read
			}
		}
	}
	r.settleInbound()
	for _, list := range r.out.Slices {
		slices.SortFunc(list, func(a, b *Slice) int { return cmp.Compare(a.Name, b.Name) })
	}
	for _, list := range r.out.Servers {
		slices.SortFunc(list, func(a, b *Server) int { return cmp.Compare(a.Name, b.Name) })
	}
	slices.SortFunc(r.out.Links, func(a, b *Link) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return r.out, r.diags
}

// isNew reports whether an object is to be read: it has a name, and it was not defined before.
// Pods and the like may have generated names; nothing can refer to them.
func (r *reader) isNew(kind string, doc *source.Document) bool {
	ours := !kubernetes.Handles(doc.APIVersion, doc.Kind) // what kubernetes.Build reads, it also reports
	if doc.Name == "" {
		if ours {
			r.fail(doc, "/metadata", "this "+doc.Kind+" has no metadata.name")
		}
		return false
	}
	key := kind + "/" + keyOf(doc).Namespace + "/" + doc.Name
	first := r.seen[key]
	if first == nil {
		r.seen[key] = doc
		return true
	}
	if same := first.File == doc.File && first.Index == doc.Index && first.Line == doc.Line; ours && !same {
		place := mesh.Position{File: first.File, Line: first.Line}
		if r.tell(mesh.FactDuplicate, doc, "", doc.Kind+" "+keyOf(doc).Namespace+"/"+doc.Name+" is defined twice; the definition at "+
			place.String()+" counts, and this one is left out: remove one of them") {
			r.out.Refused[len(r.out.Refused)-1].Related = []mesh.Evidence{{What: "the definition that counts", Origin: mesh.At(first, "")}}
		}
	}
	return false
}

// fail reports a problem of a document, with its place.
func (r *reader) fail(doc *source.Document, path, message string) {
	if r.doc != doc {
		r.doc, r.told = doc, 0
	}
	if r.told++; r.told > maxProblems {
		return
	}
	r.diags = append(r.diags, source.Diagnostic{Position: doc.Locate(path), Message: message})
}

// keyOf is how other objects refer to a document.
func keyOf(doc *source.Document) kubernetes.Key {
	return kubernetes.Key{Namespace: cmp.Or(doc.Namespace, defaultNamespace), Name: doc.Name}
}

// decode reads the fields of a manifest; nil if it has none.
func decode[T any](r *reader, doc *source.Document) *T {
	v, diags := kubernetes.Read[T](doc)
	r.diags = append(r.diags, diags...)
	return v
}

func newMeta(doc *source.Document, m metadata) Meta {
	return Meta{Key: keyOf(doc), Labels: m.Labels, Annotations: m.Annotations, Doc: doc}
}
