package rollouts

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// routers are the members of trafficRouting. Argo Rollouts: pkg/apis/rollouts/v1alpha1, RolloutTrafficRouting.
var routers = []string{"alb", "ambassador", "apisix", "appMesh", "istio", "managedRoutes", "maxTrafficWeight", "nginx", "plugins", "smi", "traefik"}

// gatewayPlugin is the name of the plugin for the Gateway API.
const gatewayPlugin = "argoproj-labs/gatewayAPI"

type argoRouting struct {
	VirtualService  *named  `json:"virtualService"`
	VirtualServices []named `json:"virtualServices"`
	TrafficSplit    string  `json:"trafficSplitName"`
	HTTPRoute       string  `json:"httpRoute"`
	HTTPRoutes      []named `json:"httpRoutes"`
	Namespace       string  `json:"namespace"`
}

type named struct {
	Name string `json:"name"`
}

// routing names the objects whose weights it writes. What cannot be read of them is reported by nobody else, and names
// nothing.
func (r *rollout) routing(fields map[string]json.RawMessage, path string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if strings.EqualFold(name, "gatewayAPI") {
			r.b.unknownField(r.doc, path+"/"+name, "trafficRouting has no field "+name+": it is left out, and no route is written, so that the share of the new version is that of its pods; "+
				"the Gateway API is plugins[\""+gatewayPlugin+"\"] (argo-rollouts#4569)")
		} else if i := slices.IndexFunc(routers, func(known string) bool { return known != name && strings.EqualFold(known, name) }); i >= 0 {
			r.b.unknownField(r.doc, path+"/"+name, "trafficRouting has no field "+name+": it is left out, and no route is written; "+routers[i]+" is one")
		}
	}
	write := func(kind, namespace, name, at string) {
		if name != "" && !placeholder(name) {
			r.Writes = append(r.Writes, mesh.Written{Resource: r.b.resource(kind, cmp.Or(namespace, r.Namespace), name), What: "weights", Origin: r.at(path + at)})
		}
	}
	if istio := routingOf(fields["istio"]); istio != nil {
		if v := istio.VirtualService; v != nil {
			write("VirtualService", "", v.Name, "/istio/virtualService/name")
		}
		for i, v := range istio.VirtualServices {
			write("VirtualService", "", v.Name, "/istio/virtualServices/"+strconv.Itoa(i)+"/name")
		}
	}
	if smi := routingOf(fields["smi"]); smi != nil {
		write("TrafficSplit", "", smi.TrafficSplit, "/smi/trafficSplitName")
	}
	var plugins map[string]json.RawMessage
	if json.Unmarshal(fields["plugins"], &plugins) != nil {
		return
	}
	if gateway := routingOf(plugins[gatewayPlugin]); gateway != nil {
		at := "/plugins/" + strings.ReplaceAll(gatewayPlugin, "/", "~1")
		write("HTTPRoute", gateway.Namespace, gateway.HTTPRoute, at+"/httpRoute")
		for i, route := range gateway.HTTPRoutes {
			write("HTTPRoute", gateway.Namespace, route.Name, at+"/httpRoutes/"+strconv.Itoa(i)+"/name")
		}
	}
}

func routingOf(data json.RawMessage) *argoRouting {
	if len(data) == 0 {
		return nil
	}
	v := &argoRouting{}
	if json.Unmarshal(data, v) != nil {
		return nil
	}
	return v
}
