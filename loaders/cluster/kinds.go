package cluster

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// list is one list of objects to ask for.
type list struct {
	group, version, kind, resource string
	namespace                      string // "" = of all, or of none
	name                           string // "" = any
}

// configMaps are those that meshes keep their settings in. Others may hold anything, and are not asked for.
var configMaps = []string{"istio", "linkerd-config", "linkerd-identity-trust-roots", "argo-rollouts-config"}

// find asks the server which kinds it serves, and makes a list of each that is read: in the version that the server prefers, or
// else the first that offers the kind.
func find(client discovery.DiscoveryInterface, o Options) ([]list, []Missing, error) {
	groups, offered, err := client.ServerGroupsAndResources()
	var missing []Missing
	if failed, ok := errors.AsType[*discovery.ErrGroupDiscoveryFailed](err); ok {
		missing = unserved(failed, o)
	} else if err != nil {
		return nil, nil, err
	}
	preferred := map[string]string{}
	for _, g := range groups {
		preferred[g.Name] = g.PreferredVersion.Version
	}
	best := map[schema.GroupKind]list{}
	namespaced := map[schema.GroupKind]bool{}
	for _, r := range offered {
		gv, err := schema.ParseGroupVersion(r.GroupVersion)
		if err != nil {
			return nil, nil, err
		}
		for i := range r.APIResources {
			a := &r.APIResources[i]
			if !readable(r.GroupVersion, a, o) {
				continue
			}
			key := schema.GroupKind{Group: gv.Group, Kind: a.Kind}
			if known, ok := best[key]; ok && known.version != gv.Version && gv.Version != preferred[gv.Group] {
				continue
			}
			best[key] = list{group: gv.Group, version: gv.Version, kind: a.Kind, resource: a.Name}
			namespaced[key] = a.Namespaced
		}
	}
	var lists []list
	for key, l := range best {
		lists = append(lists, spread(l, namespaced[key], o)...)
	}
	slices.SortFunc(lists, func(a, b list) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.kind, b.kind), cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
	})
	return lists, missing, nil
}

// readable reports whether objects of a kind are asked for.
func readable(groupVersion string, a *metav1.APIResource, o Options) bool {
	return !strings.Contains(a.Name, "/") && slices.Contains(a.Verbs, "list") && a.Kind != "Secret" && o.Reads(groupVersion, a.Kind)
}

// spread makes the lists of one kind: for each namespace, if they are bounded, and for each name, if not any is wanted.
func spread(l list, namespaced bool, o Options) []list {
	each := []list{l}
	if namespaced && len(o.Namespaces) > 0 {
		each = nil
		for _, ns := range o.Namespaces {
			l.namespace = ns
			each = append(each, l)
		}
	}
	if l.group != "" || l.kind != "ConfigMap" {
		return each
	}
	var named []list
	for _, l := range each {
		for _, l.name = range configMaps {
			named = append(named, l)
		}
	}
	return named
}

// unserved are the groups that the server knows and could not tell the kinds of, as when what serves them is down. Only those
// count of which some kind might be read: they are found by their name, since their kinds are not known.
func unserved(failed *discovery.ErrGroupDiscoveryFailed, o Options) []Missing {
	var missing []Missing
	for gv, err := range failed.Groups {
		if o.ReadsGroup == nil || o.ReadsGroup(gv.Group) {
			missing = append(missing, Missing{Group: gv.Group, Why: "the server does not tell its kinds: " + err.Error()})
		}
	}
	slices.SortFunc(missing, func(a, b Missing) int { return cmp.Compare(a.Group, b.Group) })
	return slices.CompactFunc(missing, func(a, b Missing) bool { return a.Group == b.Group })
}
