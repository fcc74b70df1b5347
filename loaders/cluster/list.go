package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// listed is what became of one list.
type listed struct {
	docs    []*source.Document
	broken  []source.Diagnostic
	missing *Missing
}

// page is one answer.
type page struct {
	Metadata struct {
		Continue string `json:"continue"`
	} `json:"metadata"`
	Items []json.RawMessage `json:"items"`
}

// path is that of the list on the server.
func (l list) path() string {
	p := path.Join("/apis", l.group, l.version)
	if l.group == "" {
		p = path.Join("/api", l.version)
	}
	if l.namespace != "" {
		p = path.Join(p, "namespaces", l.namespace)
	}
	return path.Join(p, l.resource)
}

func (l list) apiVersion() string { return path.Join(l.group, l.version) }

// read asks for all pages. If the server forgets where the list went on (410 Gone), the list is read again, whole.
func (l list) read(ctx context.Context, client rest.Interface, o Options) listed {
	found, err := l.pages(ctx, client, o, o.PageSize)
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		found, err = l.pages(ctx, client, o, 0)
	}
	switch {
	case err == nil:
		return found
	case apierrors.IsNotFound(err): // its definition went away in between: nothing of it is left
		return listed{}
	case apierrors.IsForbidden(err):
		return listed{missing: l.lacks("may not be listed (forbidden)")}
	default:
		return listed{missing: l.lacks(strings.Join(strings.Fields(err.Error()), " "))}
	}
}

func (l list) lacks(why string) *Missing {
	return &Missing{Group: l.group, Kind: l.kind, Namespace: l.namespace, Why: why}
}

func (l list) pages(ctx context.Context, client rest.Interface, o Options, size int64) (listed, error) {
	var all listed
	for next := ""; ; {
		r := client.Get().AbsPath(l.path())
		if size > 0 {
			r = r.Param("limit", strconv.FormatInt(size, 10))
		}
		if next != "" {
			r = r.Param("continue", next)
		}
		if l.name != "" {
			r = r.Param("fieldSelector", "metadata.name="+l.name)
		}
		data, err := r.SetHeader("Accept", "application/json").Do(ctx).Raw()
		if err != nil {
			return listed{}, err
		}
		var p page
		if err := json.Unmarshal(data, &p); err != nil {
			return listed{}, fmt.Errorf("the server's answer is no list: %w", err)
		}
		for _, item := range p.Items {
			l.take(&all, item, o)
		}
		if next = p.Metadata.Continue; next == "" {
			return all, nil
		}
	}
}

// take makes a document of one object, without what only the server needs.
func (l list) take(all *listed, item json.RawMessage, o Options) {
	object := map[string]any{}
	if err := json.Unmarshal(item, &object); err != nil {
		all.broken = append(all.broken, source.Diagnostic{Position: mesh.Position{File: l.file(o, "", "?")}, Message: "an object of the cluster cannot be read: " + err.Error()})
		return
	}
	object["apiVersion"], object["kind"] = l.apiVersion(), l.kind // items of a list do not repeat them
	meta, _ := object["metadata"].(map[string]any)
	name, _ := meta["name"].(string)
	namespace, _ := meta["namespace"].(string)
	strip(meta)
	file := l.file(o, namespace, name)
	data, err := json.Marshal(object)
	if err == nil {
		var d *source.Document
		if d, err = source.Live(file, o.Name, data, source.Options{Limits: o.Limits}); err == nil {
			all.docs = append(all.docs, d)
			return
		}
	}
	all.broken = append(all.broken, source.Diagnostic{Position: mesh.Position{File: file}, Message: err.Error()})
}

// file names an object in positions: kube:east/DestinationRule.networking.istio.io/shop/checkout.
func (l list) file(o Options, namespace, name string) string {
	kind := l.kind
	if l.group != "" {
		kind += "." + l.group
	}
	return path.Join("kube:"+o.Name, kind, namespace, name)
}

// strip removes what servers and kubectl write for themselves: a third of an object, and no part of what it says.
func strip(meta map[string]any) {
	for _, key := range [...]string{"managedFields", "resourceVersion", "uid", "generation", "selfLink"} {
		delete(meta, key)
	}
	notes, _ := meta["annotations"].(map[string]any)
	delete(notes, "kubectl.kubernetes.io/last-applied-configuration")
	if notes != nil && len(notes) == 0 {
		delete(meta, "annotations")
	}
}
