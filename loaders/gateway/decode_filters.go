package gateway

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/mesh"
)

// filter reads one filter: the member that its type names, and no other.
func (o *object) filter(f *gatewayv1.HTTPRouteFilter, at mesh.Origin) Filter {
	out := Filter{Type: string(f.Type), Origin: at}
	switch f.Type {
	case gatewayv1.HTTPRouteFilterRequestHeaderModifier:
		out.RequestHeaders = headerChange(f.RequestHeaderModifier)
	case gatewayv1.HTTPRouteFilterResponseHeaderModifier:
		out.ResponseHeaders = headerChange(f.ResponseHeaderModifier)
	case gatewayv1.HTTPRouteFilterRequestMirror:
		out.Mirror = o.mirror(f.RequestMirror, at)
	case gatewayv1.HTTPRouteFilterRequestRedirect:
		out.Redirect = redirect(f.RequestRedirect)
	case gatewayv1.HTTPRouteFilterURLRewrite:
		if r := f.URLRewrite; r != nil {
			out.Rewrite = &Rewrite{Hostname: text(r.Hostname), Path: pathChange(r.Path)}
		}
	case gatewayv1.HTTPRouteFilterExternalAuth:
		if a := f.ExternalAuth; a != nil {
			to := o.backendTo(&a.BackendRef, at.Child("externalAuth").Child("backendRef"))
			out.Auth = &to
		}
	case gatewayv1.HTTPRouteFilterExtensionRef:
		out.Extension = extension(f.ExtensionRef)
	}
	return out
}

func (o *object) grpcFilter(f *gatewayv1.GRPCRouteFilter, at mesh.Origin) Filter {
	out := Filter{Type: string(f.Type), Origin: at}
	switch f.Type {
	case gatewayv1.GRPCRouteFilterRequestHeaderModifier:
		out.RequestHeaders = headerChange(f.RequestHeaderModifier)
	case gatewayv1.GRPCRouteFilterResponseHeaderModifier:
		out.ResponseHeaders = headerChange(f.ResponseHeaderModifier)
	case gatewayv1.GRPCRouteFilterRequestMirror:
		out.Mirror = o.mirror(f.RequestMirror, at)
	case gatewayv1.GRPCRouteFilterExtensionRef:
		out.Extension = extension(f.ExtensionRef)
	}
	return out
}

func (o *object) mirror(f *gatewayv1.HTTPRequestMirrorFilter, at mesh.Origin) *Mirror {
	if f == nil {
		return nil
	}
	at = at.Child("requestMirror")
	out := &Mirror{Backend: o.backendTo(&f.BackendRef, at.Child("backendRef"))}
	switch {
	case f.Fraction != nil:
		of := int32(100) // the CRD's default
		if f.Fraction.Denominator != nil {
			of = *f.Fraction.Denominator
		}
		if of <= 0 {
			o.invalid(at.Child("fraction").Child("denominator"), "a denominator is 1 or more")
			break
		}
		out.Percent = mesh.Of(100*float64(f.Fraction.Numerator)/float64(of), at.Child("fraction"))
	case f.Percent != nil:
		out.Percent = mesh.Of(float64(*f.Percent), at.Child("percent"))
	}
	return out
}

func redirect(f *gatewayv1.HTTPRequestRedirectFilter) *Redirect {
	if f == nil {
		return nil
	}
	out := &Redirect{Scheme: text(f.Scheme), Hostname: text(f.Hostname), Path: pathChange(f.Path), Port: number(f.Port), Status: 302} // the CRD's default
	if f.StatusCode != nil {
		out.Status = *f.StatusCode
	}
	return out
}

// pathChange reads another path. The member that is set counts; its type says the same in an object that the API server took.
func pathChange(p *gatewayv1.HTTPPathModifier) *PathChange {
	switch {
	case p == nil:
		return nil
	case p.ReplaceFullPath != nil:
		return &PathChange{Type: string(gatewayv1.FullPathHTTPPathModifier), Value: *p.ReplaceFullPath}
	case p.ReplacePrefixMatch != nil:
		return &PathChange{Type: string(gatewayv1.PrefixMatchHTTPPathModifier), Value: *p.ReplacePrefixMatch}
	}
	return nil
}

func headerChange(f *gatewayv1.HTTPHeaderFilter) *HeaderChange {
	if f == nil {
		return nil
	}
	out := &HeaderChange{Remove: f.Remove}
	for _, h := range f.Set {
		out.Set = append(out.Set, Header{string(h.Name), h.Value})
	}
	for _, h := range f.Add {
		out.Add = append(out.Add, Header{string(h.Name), h.Value})
	}
	return out
}

func extension(r *gatewayv1.LocalObjectReference) *Reference {
	if r == nil {
		return nil
	}
	return &Reference{Group: string(r.Group), Kind: string(r.Kind), Name: string(r.Name)}
}
