package linkerd

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// fields are the members that an object of the API may have; nil has whatever it likes.
type fields map[string]fields

func leaves(names ...string) fields {
	out := fields{}
	for _, name := range names {
		out[name] = nil
	}
	return out
}

// with adds members to a copy.
func (f fields) with(name string, inner fields) fields {
	out := maps.Clone(f)
	out[name] = inner
	return out
}

// The schemas of Linkerd's own kinds, below spec (linkerd2 charts/linkerd-crds). Those of routes are the Gateway
// API's, and are left to whoever reads routes as a whole.
var (
	selectorFields  = leaves("matchLabels", "matchExpressions")
	networkFields   = leaves("cidr", "except")
	referenceFields = leaves("group", "kind", "name", "namespace")
	rateFields      = leaves("requestsPerSecond")
	specFields      = map[string]fields{
		"Server": leaves("port", "proxyProtocol", "accessPolicy").with("podSelector", selectorFields).with("externalWorkloadSelector", selectorFields),
		"ServerAuthorization": fields{}.
			with("server", leaves("name").with("selector", selectorFields)).
			with("client", leaves("unauthenticated").with("networks", networkFields).
				with("meshTLS", leaves("unauthenticatedTLS", "identities").with("serviceAccounts", leaves("name", "namespace")))),
		"AuthorizationPolicy": fields{}.with("targetRef", referenceFields).with("requiredAuthenticationRefs", referenceFields),
		kindMeshTLS:           leaves("identities").with("identityRefs", referenceFields),
		kindNetworks:          fields{}.with("networks", networkFields),
		"EgressNetwork":       leaves("trafficPolicy").with("networks", networkFields),
		"HTTPLocalRateLimitPolicy": fields{}.with("targetRef", referenceFields).with("total", rateFields).with("identity", rateFields).
			with("overrides", rateFields.with("clientRefs", referenceFields)),
		kindExternalWorkload: fields{}.with("meshTLS", leaves("identity", "serverName")).with("meshTls", leaves("identity", "serverName")).
			with("ports", leaves("name", "port", "protocol")).with("workloadIPs", leaves("ip")),
	}
)

// unknownFields tells of the members of spec that the API does not have. The API server drops them.
func (r *reader) unknownFields(doc *source.Document) {
	known, ok := specFields[doc.Kind]
	if group, _, _ := strings.Cut(doc.APIVersion, "/"); !ok || group != groupPolicy && group != groupWorkload {
		return
	}
	var object struct {
		Spec any `json:"spec"`
	}
	if json.Unmarshal(doc.JSON, &object) == nil {
		r.walkFields(doc, object.Spec, known, "/spec")
	}
}

// walkFields follows a value as far as its schema is known, which is a few levels.
func (r *reader) walkFields(doc *source.Document, value any, known fields, path string) {
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			r.walkFields(doc, item, known, path+"/"+strconv.Itoa(i))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			inner, ok := known[name]
			switch at := path + "/" + pointerEscapes.Replace(name); {
			case ok && inner != nil:
				r.walkFields(doc, v[name], inner, at)
			case !ok:
				r.unknownField(doc, name, at, known)
			}
		}
	}
}

func (r *reader) unknownField(doc *source.Document, name, at string, known fields) {
	message := "The API of " + doc.Kind + " has no field " + quoted(name) + " here, and it is dropped"
	meant := ""
	for _, other := range slices.Sorted(maps.Keys(known)) {
		if strings.EqualFold(other, name) {
			meant = other
			message += ": it is spelt " + other
		}
	}
	if r.tell(mesh.FactUnknownField, doc, at, message) {
		r.out.Refused[len(r.out.Refused)-1].Meant = meant
	}
}
