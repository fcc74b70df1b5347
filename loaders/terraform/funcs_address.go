package terraform

import (
	"errors"
	"fmt"
	"net"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func addressFunctions() map[string]function.Function {
	return map[string]function.Function{
		"cidrhost": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "prefix", Type: cty.String}, {Name: "hostnum", Type: cty.Number}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(a []cty.Value, _ cty.Type) (cty.Value, error) {
				network, err := prefix(a[0])
				if err != nil {
					return cty.NilVal, err
				}
				n, _ := a[1].AsBigFloat().Int(nil)
				ip, err := cidr.HostBig(network, n)
				if err != nil {
					return cty.NilVal, err
				}
				return cty.StringVal(ip.String()), nil
			},
		}),
		"cidrnetmask": onTexts([]string{"prefix"}, cty.String, func(a []string) (cty.Value, error) {
			network, err := prefix(cty.StringVal(a[0]))
			if err != nil {
				return cty.NilVal, err
			}
			if network.IP.To4() == nil {
				return cty.NilVal, errors.New("IPv6 addresses cannot have a netmask")
			}
			return cty.StringVal(net.IP(network.Mask).String()), nil
		}),
		"cidrsubnet": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "prefix", Type: cty.String}, {Name: "newbits", Type: cty.Number}, {Name: "netnum", Type: cty.Number}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(a []cty.Value, _ cty.Type) (cty.Value, error) {
				network, err := prefix(a[0])
				if err != nil {
					return cty.NilVal, err
				}
				bits, _ := a[1].AsBigFloat().Int64()
				n, _ := a[2].AsBigFloat().Int(nil)
				sub, err := cidr.SubnetBig(network, int(bits), n)
				if err != nil {
					return cty.NilVal, err
				}
				return cty.StringVal(sub.String()), nil
			},
		}),
		"cidrsubnets": function.New(&function.Spec{
			Params:   []function.Parameter{{Name: "prefix", Type: cty.String}},
			VarParam: &function.Parameter{Name: "newbits", Type: cty.Number},
			Type:     function.StaticReturnType(cty.List(cty.String)),
			Impl:     subnets,
		}),
	}
}

// prefix reads an address range; leading zeros are as they were before Go refused them.
func prefix(v cty.Value) (*net.IPNet, error) {
	_, network, err := net.ParseCIDR(v.AsString())
	if err != nil {
		return nil, fmt.Errorf("%q is no address range", v.AsString())
	}
	return network, nil
}

func subnets(a []cty.Value, _ cty.Type) (cty.Value, error) {
	network, err := prefix(a[0])
	if err != nil {
		return cty.NilVal, err
	}
	if len(a) == 1 {
		return cty.ListValEmpty(cty.String), nil
	}
	length, _ := network.Mask.Size()
	bits, _ := a[1].AsBigFloat().Int64()
	current, _ := cidr.PreviousSubnet(network, length+int(bits))
	var out []cty.Value
	for _, more := range a[1:] {
		bits, _ := more.AsBigFloat().Int64()
		if bits < 1 || bits > 128 {
			return cty.NilVal, errors.New("must extend prefix by at least one bit")
		}
		next, full := cidr.NextSubnet(current, length+int(bits))
		if full || !network.Contains(next.IP) {
			return cty.NilVal, errors.New("not enough remaining address space")
		}
		current = next
		out = append(out, cty.StringVal(next.String()))
	}
	return cty.ListVal(out), nil
}
