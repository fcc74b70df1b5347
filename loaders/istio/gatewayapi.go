package istio

import (
	"encoding/json"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// httpRoute decodes an HTTPRoute of the Gateway API, with the defaults of its CRD: in a cluster
// they are there before anybody reads the object.
func (h head) httpRoute() decoded {
	r := &MeshRoute{Meta: h.meta}
	if err := json.Unmarshal(h.spec, &r.Spec); err != nil {
		return failed(h.meta.Doc, "/spec", err)
	}
	for i := range r.Spec.ParentRefs {
		setDefault(&r.Spec.ParentRefs[i].Group, gatewayv1.GroupName)
		setDefault(&r.Spec.ParentRefs[i].Kind, "Gateway")
	}
	for i := range r.Spec.Rules {
		rule := &r.Spec.Rules[i]
		if rule.Matches == nil {
			rule.Matches = []gatewayv1.HTTPRouteMatch{{}}
		}
		for j := range rule.Matches {
			defaultMatch(&rule.Matches[j])
		}
		for j := range rule.BackendRefs {
			defaultBackend(&rule.BackendRefs[j].BackendObjectReference)
			setDefault(&rule.BackendRefs[j].Weight, 1)
		}
		for _, f := range rule.Filters {
			if f.RequestMirror != nil {
				defaultBackend(&f.RequestMirror.BackendRef)
			}
			if f.RequestRedirect != nil {
				setDefault(&f.RequestRedirect.StatusCode, 302)
			}
		}
	}
	return decoded{object: r}
}

func defaultMatch(m *gatewayv1.HTTPRouteMatch) {
	if m.Path == nil {
		m.Path = &gatewayv1.HTTPPathMatch{}
	}
	setDefault(&m.Path.Type, gatewayv1.PathMatchPathPrefix)
	setDefault(&m.Path.Value, "/")
	for i := range m.Headers {
		setDefault(&m.Headers[i].Type, gatewayv1.HeaderMatchExact)
	}
	for i := range m.QueryParams {
		setDefault(&m.QueryParams[i].Type, gatewayv1.QueryParamMatchExact)
	}
}

func defaultBackend(b *gatewayv1.BackendObjectReference) {
	setDefault(&b.Group, "")
	setDefault(&b.Kind, "Service")
}

func setDefault[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

// kubeGateway decodes a Gateway of the Gateway API: a waypoint, or a network's gateway.
func (h head) kubeGateway() decoded {
	g := &KubeGateway{Meta: h.meta}
	if err := json.Unmarshal(h.spec, &g.Spec); err != nil {
		return failed(h.meta.Doc, "/spec", err)
	}
	var status gatewayv1.GatewayStatus
	if len(h.status) > 0 && json.Unmarshal(h.status, &status) == nil {
		for _, a := range status.Addresses {
			g.Addresses = append(g.Addresses, a.Value)
		}
	}
	return decoded{object: g}
}
