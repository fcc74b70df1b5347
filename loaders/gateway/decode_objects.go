package gateway

import (
	"cmp"
	"encoding/json"
	"errors"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

func (o *object) gateway() (Decoded, error) {
	var spec gatewayv1.GatewaySpec
	if err := o.into(&spec); err != nil {
		return Decoded{}, err
	}
	g := &Gateway{Meta: o.meta, Class: string(spec.GatewayClassName), Deployed: Infrastructure{Origin: o.meta.At("/spec/infrastructure")}}
	for i := range spec.Listeners {
		g.Listeners = append(g.Listeners, o.listener(&spec.Listeners[i], i))
	}
	for _, a := range spec.Addresses {
		g.Addresses = append(g.Addresses, Address{Type: or(a.Type, string(gatewayv1.IPAddressType)), Value: a.Value})
	}
	var status gatewayv1.GatewayStatus
	if len(o.status) > 0 && json.Unmarshal(o.status, &status) == nil {
		for _, a := range status.Addresses {
			g.Given = append(g.Given, Address{Type: or(a.Type, string(gatewayv1.IPAddressType)), Value: a.Value})
		}
	}
	if in := spec.Infrastructure; in != nil {
		g.Deployed.Labels, g.Deployed.Annotations = map[string]string{}, map[string]string{}
		for k, v := range in.Labels {
			g.Deployed.Labels[string(k)] = string(v)
		}
		for k, v := range in.Annotations {
			g.Deployed.Annotations[string(k)] = string(v)
		}
		if p := in.ParametersRef; p != nil {
			g.Deployed.Parameters = &Reference{Group: string(p.Group), Kind: string(p.Kind), Name: p.Name}
		}
	}
	return Decoded{Gateway: g}, nil
}

func (o *object) listener(l *gatewayv1.Listener, i int) Listener {
	out := Listener{
		Name: string(l.Name), Hostname: text(l.Hostname), Port: int(l.Port), Protocol: string(l.Protocol),
		From: string(gatewayv1.NamespacesFromSame), Origin: index(o.meta.At("/spec"), "listeners", i),
	}
	o.portIn(&l.Port, out.Origin)
	if l.TLS != nil {
		out.TLS = &ListenerTLS{Mode: or(l.TLS.Mode, string(gatewayv1.TLSModeTerminate))}
		for _, c := range l.TLS.CertificateRefs {
			out.TLS.Certificates = append(out.TLS.Certificates, Reference{
				Group: coreGroup(or(c.Group, "")), Kind: or(c.Kind, "Secret"), Namespace: text(c.Namespace), Name: string(c.Name),
			})
		}
		if len(l.TLS.Options) > 0 {
			out.TLS.Options = map[string]string{}
		}
		for k, v := range l.TLS.Options {
			out.TLS.Options[string(k)] = string(v)
		}
	}
	if a := l.AllowedRoutes; a != nil {
		if a.Namespaces != nil {
			out.From = or(a.Namespaces.From, out.From)
			out.Selector = newSelector(a.Namespaces.Selector)
		}
		for _, k := range a.Kinds {
			out.Kinds = append(out.Kinds, Reference{Group: or(k.Group, Group), Kind: string(k.Kind)})
		}
	}
	return out
}

func (o *object) class() (Decoded, error) {
	var spec gatewayv1.GatewayClassSpec
	if err := o.into(&spec); err != nil {
		return Decoded{}, err
	}
	c := &Class{Meta: o.meta, Controller: string(spec.ControllerName)}
	if p := spec.ParametersRef; p != nil {
		c.Parameters = &Reference{Group: string(p.Group), Kind: string(p.Kind), Namespace: text(p.Namespace), Name: p.Name}
	}
	return Decoded{Class: c}, nil
}

func (o *object) grant() (Decoded, error) {
	var spec gatewayv1.ReferenceGrantSpec
	if err := o.into(&spec); err != nil {
		return Decoded{}, err
	}
	g := &ReferenceGrant{Meta: o.meta}
	for _, f := range spec.From {
		g.From = append(g.From, Reference{Group: coreGroup(string(f.Group)), Kind: string(f.Kind), Namespace: string(f.Namespace)})
	}
	for _, t := range spec.To {
		g.To = append(g.To, Reference{Group: coreGroup(string(t.Group)), Kind: string(t.Kind), Name: text(t.Name)})
	}
	return Decoded{Grant: g}, nil
}

func (o *object) tlsPolicy() (Decoded, error) {
	if o.meta.Version == "v1alpha2" {
		return Decoded{}, errors.New("v1alpha2 has other fields than the versions since v1alpha3, and is not read")
	}
	var spec gatewayv1.BackendTLSPolicySpec
	if err := o.into(&spec); err != nil {
		return Decoded{}, err
	}
	v := spec.Validation
	p := &BackendTLSPolicy{Meta: o.meta, Hostname: string(v.Hostname), Origin: o.meta.At("/spec/validation")}
	for i, t := range spec.TargetRefs {
		p.Targets = append(p.Targets, PolicyTarget{
			Reference:   Reference{Group: coreGroup(string(t.Group)), Kind: string(t.Kind), Name: string(t.Name)},
			SectionName: text(t.SectionName), Origin: index(o.meta.At("/spec"), "targetRefs", i),
		})
	}
	for _, s := range v.SubjectAltNames {
		if name := cmp.Or(string(s.Hostname), string(s.URI)); name != "" {
			p.SANs = append(p.SANs, name)
		}
	}
	for _, c := range v.CACertificateRefs {
		p.CAs = append(p.CAs, Reference{Group: coreGroup(string(c.Group)), Kind: string(c.Kind), Name: string(c.Name)})
	}
	p.System = v.WellKnownCACertificates != nil && *v.WellKnownCACertificates == gatewayv1.WellKnownCACertificatesSystem
	return Decoded{TLSPolicy: p}, nil
}
