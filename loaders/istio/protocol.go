package istio

import (
	"strings"

	"github.com/passmuster/muster/mesh"
)

// protocol is what Istio takes a port to speak. Istio: pkg/config/protocol.
type protocol string

// The protocols that differ for routing. auto: neither name nor appProtocol says, and the proxy
// looks at the first bytes.
const (
	protoAuto    protocol = ""
	protoHTTP    protocol = "HTTP"
	protoProxy   protocol = "HTTP_PROXY"
	protoHTTP2   protocol = "HTTP2"
	protoGRPC    protocol = "GRPC"
	protoGRPCWeb protocol = "GRPC-Web"
	protoHTTPS   protocol = "HTTPS"
	protoTLS     protocol = "TLS"
	protoTCP     protocol = "TCP"
	protoUDP     protocol = "UDP"
	protoMongo   protocol = "Mongo"
	protoMySQL   protocol = "MySQL"
	protoRedis   protocol = "Redis"
	protoHBONE   protocol = "HBONE"
)

// parseProtocol reads the protocol of a ServiceEntry's port, or the first part of a port's name.
func parseProtocol(s string) protocol {
	switch strings.ToLower(s) {
	case "http":
		return protoHTTP
	case "http_proxy":
		return protoProxy
	case "http2":
		return protoHTTP2
	case "grpc":
		return protoGRPC
	case "grpc-web":
		return protoGRPCWeb
	case "https":
		return protoHTTPS
	case "tls":
		return protoTLS
	case "tcp":
		return protoTCP
	case "udp":
		return protoUDP
	case "mongo":
		return protoMongo
	case "mysql":
		return protoMySQL
	case "redis":
		return protoRedis
	case "hbone":
		return protoHBONE
	}
	return protoAuto
}

// Ports on which the server speaks first, so that the proxy cannot look at the first bytes.
const (
	portSMTP  = 25
	portDNS   = 53
	portMySQL = 3306
	portMongo = 27017
)

// serviceProtocol is the protocol of a Kubernetes Service's port. Istio: kube.ConvertProtocol.
func serviceProtocol(number int, name, transport, app string) protocol {
	if transport == "UDP" {
		return protoUDP
	}
	text := name
	if app != "" {
		switch app {
		case "kubernetes.io/h2c":
			return protoHTTP2
		case "kubernetes.io/ws":
			return protoHTTP
		case "kubernetes.io/wss":
			return protoHTTPS
		}
		text = app
	}
	const web = "grpc-web"
	if len(text) >= len(web) && strings.EqualFold(text[:len(web)], web) {
		return protoGRPCWeb
	}
	if head, _, ok := strings.Cut(text, "-"); ok {
		text = head
	}
	p := parseProtocol(text)
	if p == protoAuto {
		switch number {
		case portSMTP, portDNS, portMySQL, portMongo:
			return protoTCP
		}
	}
	return p
}

// isHTTP: requests are routed one by one, for certain.
func (p protocol) isHTTP() bool {
	switch p {
	case protoHTTP, protoHTTP2, protoGRPC, protoGRPCWeb, protoProxy:
		return true
	}
	return false
}

// isAuto: the proxy finds out whether it is HTTP.
func (p protocol) isAuto() bool { return p == protoAuto }

// isTLS: the application brings its own TLS, routed by server name.
func (p protocol) isTLS() bool { return p == protoTLS || p == protoHTTPS }

// isTCP: bytes, for certain.
func (p protocol) isTCP() bool {
	switch p {
	case protoTCP, protoTLS, protoHTTPS, protoMongo, protoMySQL, protoRedis:
		return true
	}
	return false
}

// public is the protocol in the mesh's vocabulary. A port that the proxy has to look at counts as
// HTTP: routes, retries and timeouts exist for it.
func (p protocol) public() mesh.Protocol {
	switch p {
	case protoAuto, protoHTTP, protoProxy:
		return mesh.HTTP
	case protoHTTP2:
		return mesh.HTTP2
	case protoGRPC, protoGRPCWeb:
		return mesh.GRPC
	case protoHTTPS:
		return mesh.HTTPS
	case protoTLS:
		return mesh.TLS
	case protoUDP:
		return mesh.UDP
	}
	return mesh.TCP
}
