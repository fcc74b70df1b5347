package xds

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Content is what a file holds.
type Content struct {
	Clusters    []Resource[*clusterv3.Cluster]
	Assignments []Resource[*endpointv3.ClusterLoadAssignment]
	Listeners   []Resource[*listenerv3.Listener]
	Routes      []Resource[*routev3.RouteConfiguration]
	Statuses    []Status
	Bootstraps  []Bootstrap
	// Ignored are resources and extensions of types that say nothing about failover as far as muster knows.
	Ignored []source.Ignored
}

// Resource is one of a control plane, with where it stands.
type Resource[T proto.Message] struct {
	Name    string
	Message T
	Origin  mesh.Origin
}

// Size is the number of resources.
func (c *Content) Size() int {
	return len(c.Clusters) + len(c.Assignments) + len(c.Listeners) + len(c.Routes) + len(c.Statuses) + len(c.Bootstraps)
}

// Join puts contents together.
func Join(list ...*Content) *Content {
	all := &Content{}
	for _, c := range list {
		all.Clusters = append(all.Clusters, c.Clusters...)
		all.Assignments = append(all.Assignments, c.Assignments...)
		all.Listeners = append(all.Listeners, c.Listeners...)
		all.Routes = append(all.Routes, c.Routes...)
		all.Statuses = append(all.Statuses, c.Statuses...)
		all.Bootstraps = append(all.Bootstraps, c.Bootstraps...)
		all.Ignored = append(all.Ignored, c.Ignored...)
	}
	return all
}

// Parse reads one file of JSON. What it does not know is told in Ignored, and what cannot be read in the diagnostics, with its line.
// Of opts only Limits matter.
func Parse(file string, data []byte, opts source.Options) (*Content, []source.Diagnostic) {
	out := &Content{}
	if !json.Valid(data) { // what is YAML is no answer of a control plane or of Envoy
		return out, []source.Diagnostic{invalid(file, data)}
	}
	docs, diags := source.ParseAny(file, data, opts)
	for _, d := range docs {
		var value any
		in := json.NewDecoder(bytes.NewReader(d.JSON))
		in.UseNumber()
		if err := in.Decode(&value); err != nil {
			diags = append(diags, source.Diagnostic{Position: d.Locate(""), Message: "cannot be read: " + err.Error()})
			continue
		}
		r := &reader{doc: d, out: out, diags: diags}
		r.walk(value, "")
		diags = r.diags
	}
	return out, diags
}

// invalid tells where JSON ends to be JSON.
func invalid(file string, data []byte) source.Diagnostic {
	var value any
	err := json.Unmarshal(data, &value)
	at := mesh.Position{File: file, Line: 1, Column: 1}
	if syntax, ok := err.(*json.SyntaxError); ok { //nolint:errorlint // what encoding/json returns itself
		before := data[:max(0, min(int(syntax.Offset)-1, len(data)))]
		at.Line += bytes.Count(before, []byte("\n"))
		at.Column = len(bytes.ToValidUTF8(before[bytes.LastIndexByte(before, '\n')+1:], []byte("?"))) + 1
	}
	return source.Diagnostic{Position: at, Message: fmt.Sprintf("no JSON: %v", err)}
}

// reader finds resources in a document.
type reader struct {
	doc   *source.Document
	out   *Content
	diags []source.Diagnostic
}

const typePrefix = "type.googleapis.com/"

// wrappers are types whose members are looked at for resources.
var wrappers = []string{
	"envoy.service.discovery.v3.Resource", "envoy.service.discovery.v3.DiscoveryResponse",
	"envoy.admin.v3.ClustersConfigDump", "envoy.admin.v3.ListenersConfigDump", "envoy.admin.v3.RoutesConfigDump", "envoy.admin.v3.EndpointsConfigDump",
}

// passing are members of a config_dump that hold what is not in use, or not yet, or no more.
var passing = []string{"dynamic_warming_clusters", "warming_state", "draining_state", "error_state"}

// walk looks for resources below a value, and reads them.
func (r *reader) walk(v any, at string) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			r.walk(e, at+"/"+strconv.Itoa(i))
		}
	case map[string]any:
		r.object(v, at)
	}
}

func (r *reader) object(v map[string]any, at string) {
	name, typed := v["@type"].(string)
	name = strings.TrimPrefix(name, typePrefix)
	switch {
	case typed && r.resource(name, v, at):
		return
	case typed && !slices.Contains(wrappers, name):
		r.ignore(at, "resource of type "+printable(name)+", of which muster reads nothing")
		return
	case at == "" && v["cluster_statuses"] != nil:
		r.statuses(v, at)
		return
	case at == "" && v["xds_servers"] != nil:
		r.bootstrap(v, at)
		return
	}
	for _, key := range sortedKeys(v) {
		if !slices.Contains(passing, key) {
			r.walk(v[key], at+"/"+pointer(key))
		}
	}
}

func (r *reader) ignore(at, reason string) {
	p := r.doc.Locate(at)
	r.out.Ignored = append(r.out.Ignored, source.Ignored{File: p.File, Line: p.Line, Reason: reason})
}

// resource reads one of a known type.
func (r *reader) resource(name string, v map[string]any, at string) bool {
	switch name {
	case "envoy.config.cluster.v3.Cluster":
		take(r, &r.out.Clusters, &clusterv3.Cluster{}, v, at, (*clusterv3.Cluster).GetName)
	case "envoy.config.endpoint.v3.ClusterLoadAssignment":
		take(r, &r.out.Assignments, &endpointv3.ClusterLoadAssignment{}, v, at, (*endpointv3.ClusterLoadAssignment).GetClusterName)
	case "envoy.config.listener.v3.Listener":
		take(r, &r.out.Listeners, &listenerv3.Listener{}, v, at, (*listenerv3.Listener).GetName)
	case "envoy.config.route.v3.RouteConfiguration":
		take(r, &r.out.Routes, &routev3.RouteConfiguration{}, v, at, (*routev3.RouteConfiguration).GetName)
	default:
		return false
	}
	return true
}

// take reads a message and adds it. Members that are unknown are told, and the rest is read.
func take[T proto.Message](r *reader, list *[]Resource[T], m T, v map[string]any, at string, name func(T) string) {
	bare := r.prune(v, at).(map[string]any)
	delete(bare, "@type")
	data, err := json.Marshal(bare)
	if err != nil {
		return // it was JSON
	}
	if err := (protojson.UnmarshalOptions{Resolver: known}).Unmarshal(data, m); err != nil {
		r.report(err, v, at)
		proto.Reset(m)
		if err := (protojson.UnmarshalOptions{Resolver: known, DiscardUnknown: true}).Unmarshal(data, m); err != nil {
			if !unknownField.MatchString(err.Error()) {
				return // told already, or the same of another member
			}
		}
	}
	*list = append(*list, Resource[T]{Name: name(m), Message: m, Origin: mesh.At(r.doc, at)})
}

// prune is a value without the extensions of types that are not known here: a message that holds one could not be read at all.
func (r *reader) prune(v any, at string) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, 0, len(v))
		for i, e := range v {
			if e := r.prune(e, at+"/"+strconv.Itoa(i)); e != nil {
				out = append(out, e)
			}
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range sortedKeys(v) {
			e := v[key]
			if m, ok := e.(map[string]any); ok {
				if name, typed := m["@type"].(string); typed && !isKnown(name) {
					r.ignore(at+"/"+pointer(key), "extension of type "+printable(strings.TrimPrefix(name, typePrefix))+", of which muster reads nothing")
					continue
				}
			}
			if e := r.prune(e, at+"/"+pointer(key)); e != nil {
				out[key] = e
			}
		}
		return out
	}
	return v
}

var (
	unknownField = regexp.MustCompile(`unknown field "([^"]+)"`)
	namedField   = regexp.MustCompile(`field ([A-Za-z0-9_.]+)`)
	whereInText  = regexp.MustCompile(`^proto:.*?\(line [0-9]+:[0-9]+\):.`)
)

// report tells what is wrong with a resource, at the member if the message names one.
func (r *reader) report(err error, v map[string]any, at string) {
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	text = whereInText.ReplaceAllString(text, "")
	for _, form := range []*regexp.Regexp{unknownField, namedField} {
		if m := form.FindStringSubmatch(text); m != nil {
			if path, ok := memberNamed(v, m[1][strings.LastIndexByte(m[1], '.')+1:]); ok {
				at += path
				break
			}
		}
	}
	r.diags = append(r.diags, source.Diagnostic{Position: r.doc.Locate(at), Message: printable(text)})
}

// memberNamed is the pointer of the first member with a name, however deep; the two spellings of JSON for messages count as one.
func memberNamed(v any, name string) (string, bool) {
	same := func(key string) bool {
		return strings.EqualFold(strings.ReplaceAll(key, "_", ""), strings.ReplaceAll(name, "_", ""))
	}
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			if path, ok := memberNamed(e, name); ok {
				return "/" + strconv.Itoa(i) + path, true
			}
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			if same(key) {
				return "/" + pointer(key), true
			}
		}
		for _, key := range sortedKeys(v) {
			if path, ok := memberNamed(v[key], name); ok {
				return "/" + pointer(key) + path, true
			}
		}
	}
	return "", false
}
