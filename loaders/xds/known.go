package xds

import (
	"maps"
	"slices"
	"strings"

	aggregatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/aggregate/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	rawv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/raw_buffer/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// known are the extensions that are read. Which others the program links for other reasons makes no difference.
var known = registry(&hcmv3.HttpConnectionManager{}, &tcpv3.TcpProxy{}, &routerv3.Router{}, &tlsv3.UpstreamTlsContext{}, &tlsv3.DownstreamTlsContext{},
	&rawv3.RawBuffer{}, &aggregatev3.ClusterConfig{})

func registry(list ...proto.Message) *protoregistry.Types {
	types := &protoregistry.Types{}
	for _, m := range list {
		if err := types.RegisterMessage(m.ProtoReflect().Type()); err != nil {
			continue // each stands in the list once
		}
	}
	return types
}

func isKnown(url string) bool {
	_, err := known.FindMessageByURL(url)
	return err == nil
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

var pointers = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is a key as part of a JSON pointer.
func pointer(key string) string { return pointers.Replace(key) }

// mostText is how much of a text from an input a message shows.
const mostText = 200

// printable is a text of an input as messages show it: of one line, and without what a terminal would obey.
func printable(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > mostText {
		s = strings.ToValidUTF8(s[:mostText], "") + "…"
	}
	return s
}
