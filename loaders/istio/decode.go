package istio

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	networking "istio.io/api/networking/v1alpha3"
	networkingbeta "istio.io/api/networking/v1beta1"
	security "istio.io/api/security/v1beta1"
	telemetry "istio.io/api/telemetry/v1alpha1"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// The API groups whose objects Istio reads.
const (
	groupNetworking = "networking.istio.io"
	groupSecurity   = "security.istio.io"
	groupInstall    = "install.istio.io"
	groupGateway    = "gateway.networking.k8s.io"
	groupTelemetry  = "telemetry.istio.io"
)

// Reads reports whether a document is of a kind that this loader looks at.
func Reads(d *source.Document) bool {
	switch group, _, _ := strings.Cut(d.APIVersion, "/"); group {
	case groupNetworking, groupSecurity, groupInstall, groupGateway, groupTelemetry, "extensions.istio.io":
		return true
	}
	return false
}

// decoded is what came of one document.
type decoded struct {
	doc     *source.Document
	object  any // *DestinationRule …; nil if it decides nothing
	unknown []unknownField
	noted   []*mesh.Fact // what was found wrong in it besides
	diag    *source.Diagnostic
}

// decodeAll decodes documents in parallel. The result has the order of docs.
func decodeAll(docs []*source.Document) []decoded {
	out := make([]decoded, len(docs))
	const batch = 32
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(docs)/batch+1) {
		wg.Go(func() {
			for {
				from := int(next.Add(batch)) - batch
				if from >= len(docs) {
					return
				}
				for i := from; i < min(from+batch, len(docs)); i++ {
					out[i] = decode(docs[i])
					out[i].doc = docs[i]
				}
			}
		})
	}
	wg.Wait()
	return out
}

// decode reads one document. Fields that the API does not know are left out of the object and
// reported, as the API server does with them.
func decode(d *source.Document) decoded {
	group, _, _ := strings.Cut(d.APIVersion, "/")
	if group == groupGateway {
		if o, ok := ofGatewayAPI(d); ok {
			return o
		}
	}
	head, err := readHead(d)
	if err != nil {
		return failed(d, "/metadata", err)
	}
	switch group + "/" + d.Kind {
	case groupNetworking + "/DestinationRule":
		spec := &networking.DestinationRule{}
		return head.proto(spec, &DestinationRule{Meta: head.meta, Spec: spec})
	case groupNetworking + "/VirtualService":
		spec := &networking.VirtualService{}
		return head.proto(spec, &VirtualService{Meta: head.meta, Spec: spec})
	case groupNetworking + "/ServiceEntry":
		spec := &networking.ServiceEntry{}
		return head.proto(spec, &ServiceEntry{head.meta, spec})
	case groupNetworking + "/WorkloadEntry":
		spec := &networking.WorkloadEntry{}
		return head.proto(spec, &WorkloadEntry{head.meta, spec})
	case groupNetworking + "/WorkloadGroup":
		spec := &networking.WorkloadGroup{}
		return head.proto(spec, &WorkloadGroup{head.meta, spec})
	case groupNetworking + "/Gateway":
		spec := &networking.Gateway{}
		return head.proto(spec, &Gateway{head.meta, spec})
	case groupNetworking + "/Sidecar":
		spec := &networking.Sidecar{}
		return head.proto(spec, &Sidecar{head.meta, spec})
	case groupSecurity + "/PeerAuthentication":
		spec := &security.PeerAuthentication{}
		return head.proto(spec, &PeerAuthentication{head.meta, spec})
	case groupSecurity + "/AuthorizationPolicy":
		spec := &security.AuthorizationPolicy{}
		return head.proto(spec, &AuthorizationPolicy{head.meta, spec})
	case groupTelemetry + "/Telemetry":
		spec := &telemetry.Telemetry{}
		return head.proto(spec, &Telemetry{head.meta, spec})
	case groupNetworking + "/ProxyConfig":
		spec := &networkingbeta.ProxyConfig{}
		return head.proto(spec, &ProxyConfig{head.meta, spec})
	case groupInstall + "/IstioOperator":
		return decoded{object: &operator{Meta: head.meta, spec: head.spec}}
	}
	return decoded{object: &head.meta}
}

// operator is an IstioOperator: the installation's own settings.
type operator struct {
	Meta
	spec json.RawMessage
}

// head is an object whose spec is not decoded yet.
type head struct {
	meta Meta
	spec json.RawMessage
}

func readHead(d *source.Document) (head, error) {
	h := head{meta: Meta{Name: d.Name, Namespace: d.Namespace, Cluster: d.Cluster, Doc: d}}
	var metadata json.RawMessage
	for name, value := range jsonMembers(d.JSON) {
		switch string(name) {
		case `"metadata"`:
			metadata = value
		case `"spec"`:
			h.spec = value
		}
	}
	var m struct {
		Labels            map[string]string `json:"labels"`
		Annotations       map[string]string `json:"annotations"`
		CreationTimestamp string            `json:"creationTimestamp"`
	}
	// Most objects of a repository say no more than name and namespace.
	if mentions(metadata, "labels") || mentions(metadata, "annotations") || mentions(metadata, "creationTimestamp") {
		if err := json.Unmarshal(metadata, &m); err != nil {
			return h, err
		}
	}
	h.meta.Labels, h.meta.Annotations = m.Labels, m.Annotations
	h.meta.Created = parseTime(m.CreationTimestamp)
	if h.meta.Namespace == "" {
		h.meta.Namespace = "default"
	}
	return h, nil
}

func mentions(data []byte, key string) bool { return strings.Contains(string(data), `"`+key+`"`) }

// parseTime reads a creationTimestamp; anything unreadable is the oldest, as no timestamp is.
func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// proto decodes the spec into a message of istio.io/api.
func (h head) proto(spec proto.Message, object any) decoded {
	if len(h.spec) == 0 || string(h.spec) == "null" {
		return decoded{object: object}
	}
	if protojson.Unmarshal(h.spec, spec) == nil {
		return decoded{object: object}
	}
	data, unknown := normalise(h.spec, spec.ProtoReflect().Descriptor(), "/spec")
	proto.Reset(spec)
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, spec); err != nil {
		out := failed(h.meta.Doc, "/spec", err)
		out.unknown = unknown
		return out
	}
	return decoded{object: object, unknown: unknown}
}

// failed reports an object that cannot be read; everything else is read all the same.
func failed(d *source.Document, path string, err error) decoded {
	text := err.Error()
	if _, tail, ok := strings.Cut(text, "): "); ok { // "proto: (line 1:23): …" counts in our own JSON
		text = tail
	}
	return decoded{diag: &source.Diagnostic{
		Position: mesh.At(d, path).Position(),
		Message:  fmt.Sprintf("%s %s/%s is left out: %s", d.Kind, d.Namespace, d.Name, text),
	}}
}
