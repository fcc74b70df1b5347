package istio

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// mergeDelegates replaces the rules of a root VirtualService that name a delegate by the
// delegate's own rules, narrowed by the root's matches. A delegate that is missing, or not
// exported to the root's namespace, takes its rule with it: the next rule catches the traffic.
// Istio: mergeVirtualServicesIfNeeded.
func (w *world) mergeDelegates(root *routeSource, delegates map[string]*routeSource) {
	var merged []*httpRule
	for _, rule := range root.http {
		ref := rule.Delegate
		if ref == nil {
			merged = append(merged, rule)
			continue
		}
		namespace := ref.Namespace
		if namespace == "" {
			namespace = root.Namespace
		}
		name := namespace + "/" + ref.Name
		at := rule.at.Child("delegate")
		sub := delegates[name]
		switch {
		case sub == nil:
			root.lost = append(root.lost, mesh.Loss{
				Kind: mesh.LossMissing, Takes: mesh.TakesRoute, Origin: at.Child("name"), Of: rule.at,
				Detail: fmt.Sprintf("delegate %s does not exist: its rule is gone and the next one takes its requests", name),
			})
			continue
		case !sub.export.reaches(sub.Namespace, root.Namespace):
			root.lost = append(root.lost, mesh.Loss{
				Kind: mesh.LossNotVisible, Takes: mesh.TakesRoute, Origin: sub.At("/spec/exportTo"), Of: rule.at,
				Detail: fmt.Sprintf("delegate %s is not exported to namespace %s: its rule is gone and the next one takes its requests", name, root.Namespace),
			})
			continue
		}
		for _, leaf := range sub.http {
			if m := mergeRule(rule, leaf); m != nil {
				merged = append(merged, m)
				continue
			}
			root.lost = append(root.lost, mesh.Loss{
				Kind: mesh.LossMerged, Takes: mesh.TakesRoute, Origin: leaf.at.Child("match"), Of: leaf.at,
				Detail: fmt.Sprintf("a match of delegate %s is no part of any match of its root: the rule is gone", name),
			})
		}
	}
	root.http = merged
	root.Spec.Http = nil
	for _, m := range merged {
		root.Spec.Http = append(root.Spec.Http, m.HTTPRoute)
	}
}

// hasDelegate reports whether any rule names a delegate.
func (s *routeSource) hasDelegate() bool {
	return slices.ContainsFunc(s.http, func(r *httpRule) bool { return r.Delegate != nil })
}

// mergeRule is a delegate's rule under its root's; nil if their matches contradict each other.
func mergeRule(root, leaf *httpRule) *httpRule {
	match, ok := mergeMatches(root.Match, leaf.Match)
	if !ok {
		return nil
	}
	r, l := root.HTTPRoute, leaf.HTTPRoute
	out := &networking.HTTPRoute{
		Name:             joinNames(r.Name, l.Name),
		Match:            match,
		Route:            l.Route,
		Redirect:         l.Redirect,
		DirectResponse:   firstSet(l.DirectResponse, r.DirectResponse),
		Rewrite:          firstSet(l.Rewrite, r.Rewrite),
		Timeout:          firstSet(l.Timeout, r.Timeout),
		Retries:          firstSet(l.Retries, r.Retries),
		Fault:            firstSet(l.Fault, r.Fault),
		Mirror:           firstSet(l.Mirror, r.Mirror),
		MirrorPercent:    firstSet(l.MirrorPercent, r.MirrorPercent), //nolint:staticcheck // deprecated, and still read
		MirrorPercentage: firstSet(l.MirrorPercentage, r.MirrorPercentage),
		Mirrors:          l.Mirrors,
	}
	if out.Mirrors == nil {
		out.Mirrors = r.Mirrors
	}
	m := &httpRule{HTTPRoute: out, at: leaf.at, timeoutAt: leaf.timeoutAt, retriesAt: leaf.retriesAt, faultAt: leaf.faultAt}
	if l.Timeout == nil {
		m.timeoutAt = root.timeoutAt
	}
	if l.Retries == nil {
		m.retriesAt = root.retriesAt
	}
	if l.Fault == nil {
		m.faultAt = root.faultAt
	}
	return m
}

func firstSet[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

func joinNames(root, leaf string) string {
	switch {
	case leaf == "":
		return root
	case root == "":
		return leaf
	}
	return root + "-" + leaf
}

// mergeMatches narrows each of the delegate's matches by every match of the root that it can be a
// part of. A match that is a part of none contradicts the root, and the rule is dropped.
func mergeMatches(root, leaf []*networking.HTTPMatchRequest) ([]*networking.HTTPMatchRequest, bool) {
	if len(root) == 0 {
		return leaf, true
	}
	if len(leaf) == 0 {
		return root, true
	}
	var out []*networking.HTTPMatchRequest
	for _, l := range leaf {
		found := false
		for _, r := range root {
			if !contradict(r, l) {
				out = append(out, mergeMatch(r, l))
				found = true
			}
		}
		if !found {
			return nil, false
		}
	}
	return out, true
}

func mergeMatch(r, l *networking.HTTPMatchRequest) *networking.HTTPMatchRequest {
	m := &networking.HTTPMatchRequest{
		Name:            joinNames(r.Name, l.Name),
		Uri:             firstSet(l.Uri, r.Uri),
		Scheme:          firstSet(l.Scheme, r.Scheme),
		Method:          firstSet(l.Method, r.Method),
		Authority:       firstSet(l.Authority, r.Authority),
		Headers:         mergeMaps(r.Headers, l.Headers),
		WithoutHeaders:  mergeMaps(r.WithoutHeaders, l.WithoutHeaders),
		QueryParams:     mergeMaps(r.QueryParams, l.QueryParams),
		SourceLabels:    mergeMaps(r.SourceLabels, l.SourceLabels),
		Port:            cmp.Or(l.Port, r.Port),
		SourceNamespace: cmp.Or(l.SourceNamespace, r.SourceNamespace),
		Gateways:        l.Gateways,
		IgnoreUriCase:   l.IgnoreUriCase,
	}
	if len(m.Gateways) == 0 {
		m.Gateways = r.Gateways
	}
	return m
}

func mergeMaps[V any](under, over map[string]V) map[string]V {
	if len(under) == 0 {
		return over
	}
	out := maps.Clone(under)
	maps.Copy(out, over)
	return out
}

// contradict reports whether a delegate's match lies outside the root's. Istio: hasConflict.
func contradict(r, l *networking.HTTPMatchRequest) bool {
	switch {
	case outside(r.Uri, l.Uri), outside(r.Scheme, l.Scheme), outside(r.Method, l.Method), outside(r.Authority, l.Authority),
		anyOutside(r.Headers, l.Headers), anyOutside(r.WithoutHeaders, l.WithoutHeaders), anyOutside(r.QueryParams, l.QueryParams),
		r.IgnoreUriCase != l.IgnoreUriCase,
		r.Port > 0 && l.Port > 0 && r.Port != l.Port,
		r.SourceNamespace != "" && l.SourceNamespace != r.SourceNamespace:
		return true
	}
	for k, v := range l.SourceLabels {
		if w, ok := r.SourceLabels[k]; ok && w != v {
			return true
		}
	}
	if len(r.Gateways) == 0 || len(l.Gateways) == 0 {
		return false
	}
	return len(l.Gateways) > len(r.Gateways) ||
		slices.ContainsFunc(l.Gateways, func(g string) bool { return !slices.Contains(r.Gateways, g) })
}

func anyOutside(root, leaf map[string]*networking.StringMatch) bool {
	for k, l := range leaf {
		if outside(root[k], l) {
			return true
		}
	}
	return false
}

// outside reports whether leaf is not known to be a part of root. Regular expressions are never
// compared. Istio: stringMatchConflict.
func outside(root, leaf *networking.StringMatch) bool {
	if root == nil || leaf == nil {
		return false
	}
	if root.GetRegex() != "" && (leaf.GetRegex() != "" || leaf.GetPrefix() != "" || leaf.GetExact() != "") {
		return true
	}
	if leaf.GetRegex() != "" && (root.GetPrefix() != "" || root.GetExact() != "") {
		return true
	}
	if exact := root.GetExact(); exact != "" {
		return leaf.GetPrefix() != "" || leaf.GetExact() != exact
	}
	if prefix := root.GetPrefix(); prefix != "" {
		if p := leaf.GetPrefix(); p != "" {
			return !strings.HasPrefix(p, prefix)
		}
		if e := leaf.GetExact(); e != "" {
			return !strings.HasPrefix(e, prefix)
		}
	}
	return true
}
