package istio

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// systemNamespace is where istiod runs: it holds the mesh's configuration, and its label names the
// network of a cluster.
const systemNamespace = "istio-system"

// defaultMesh is the part of Istio's default MeshConfig that decides something here.
// Istio: pkg/config/mesh.DefaultMeshConfig.
func defaultMesh() *meshconfig.MeshConfig {
	return &meshconfig.MeshConfig{
		ConnectTimeout:                 durationpb.New(10 * time.Second),
		RootNamespace:                  systemNamespace,
		TrustDomain:                    "cluster.local",
		EnableAutoMtls:                 wrapperspb.Bool(true),
		LocalityLbSetting:              &networking.LocalityLoadBalancerSetting{Enabled: wrapperspb.Bool(true)},
		OutboundTrafficPolicy:          &meshconfig.MeshConfig_OutboundTrafficPolicy{Mode: meshconfig.MeshConfig_OutboundTrafficPolicy_ALLOW_ANY},
		DefaultServiceExportTo:         []string{exportPublic},
		DefaultVirtualServiceExportTo:  []string{exportPublic},
		DefaultDestinationRuleExportTo: []string{exportPublic},
	}
}

// meshSettings is what an installation says about the mesh as a whole.
type meshSettings struct {
	mesh     *meshconfig.MeshConfig
	networks *meshconfig.MeshNetworks
	origin   mesh.Origin // of the MeshConfig
	nets     mesh.Origin // of meshNetworks
	network  string      // values.global.network of an IstioOperator
	unknown  []unknownField
	resource mesh.Resource // the object that holds them
	diags    []source.Diagnostic
}

// readMesh reads the mesh's configuration of one cluster: the ConfigMap that istiod reads, else
// what an IstioOperator would put there.
func readMesh(inv *kubernetes.Inventory, operators []*operator) meshSettings {
	s := meshSettings{mesh: defaultMesh(), networks: &meshconfig.MeshNetworks{}, origin: mesh.Default("Istio"), nets: mesh.Default("Istio")}
	for _, o := range operators {
		s.fromOperator(o)
	}
	if inv == nil {
		return s
	}
	if cm := inv.ConfigMaps[kubernetes.Key{Namespace: systemNamespace, Name: "istio"}]; cm != nil {
		if text, ok := cm.Data["mesh"]; ok {
			s.origin = mesh.Origin{In: source.Embedded(cm.Doc, "/data/mesh", text)}
			s.overlay(text, s.mesh, s.origin, cm.Doc)
		}
		if text, ok := cm.Data["meshNetworks"]; ok {
			s.nets = mesh.Origin{In: source.Embedded(cm.Doc, "/data/meshNetworks", text)}
			s.overlay(text, s.networks, s.nets, cm.Doc)
		}
	}
	return s
}

func (s *meshSettings) fromOperator(o *operator) {
	var spec struct {
		MeshConfig json.RawMessage `json:"meshConfig"`
		Values     struct {
			Global struct {
				MeshNetworks json.RawMessage `json:"meshNetworks"`
				Network      string          `json:"network"`
			} `json:"global"`
		} `json:"values"`
	}
	if err := json.Unmarshal(o.spec, &spec); err != nil {
		s.diags = append(s.diags, *failed(o.Doc, "/spec", err).diag)
		return
	}
	if spec.MeshConfig != nil {
		s.origin = o.At("/spec/meshConfig")
		s.overlayJSON(spec.MeshConfig, s.mesh, s.origin, o.Doc)
	}
	if networks := spec.Values.Global.MeshNetworks; networks != nil {
		s.nets = o.At("/spec/values/global/meshNetworks")
		// Helm values hold the map itself, the ConfigMap a message with the map in it.
		s.overlayJSON([]byte(`{"networks":`+string(networks)+`}`), s.networks, s.nets, o.Doc)
	}
	s.network = spec.Values.Global.Network
}

func (s *meshSettings) overlay(text string, onto proto.Message, at mesh.Origin, doc *source.Document) {
	data, err := source.EmbeddedJSON(text)
	if err != nil {
		s.fail(at, doc, err)
		return
	}
	if string(data) != "null" {
		s.overlayJSON(data, onto, at, doc)
	}
}

// overlayJSON lays the fields that are set over onto, each as a whole: lists and blocks are
// replaced, not merged.
func (s *meshSettings) overlayJSON(data []byte, onto proto.Message, at mesh.Origin, doc *source.Document) {
	over := onto.ProtoReflect().New()
	if protojson.Unmarshal(data, over.Interface()) != nil {
		plain, unknown := normalise(data, over.Descriptor(), "")
		for _, u := range unknown {
			u.at = mesh.Origin{In: at.In, Path: at.Path + u.path}
			s.unknown = append(s.unknown, u)
		}
		s.resource = resourceOf(doc)
		data = plain
		over = onto.ProtoReflect().New()
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, over.Interface()); err != nil {
			s.fail(at, doc, err)
			return
		}
	}
	over.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		onto.ProtoReflect().Set(field, value)
		return true
	})
}

func (s *meshSettings) fail(at mesh.Origin, doc *source.Document, err error) {
	d := failed(doc, "", err).diag
	d.Position = at.Position()
	s.diags = append(s.diags, *d)
}

// version is a release of Istio, as far as it decides semantics.
type version struct{ major, minor int }

// parseVersion reads "1.31" or "1.31.2"; anything else means the newest.
func parseVersion(s string) version {
	major, rest, _ := strings.Cut(s, ".")
	minor, _, _ := strings.Cut(rest, ".")
	v := version{}
	var err error
	if v.major, err = strconv.Atoi(major); err != nil {
		return version{1, 31}
	}
	if v.minor, err = strconv.Atoi(minor); err != nil {
		return version{1, 31}
	}
	return v
}

func (v version) since(minor int) bool { return v.major > 1 || v.minor >= minor }
