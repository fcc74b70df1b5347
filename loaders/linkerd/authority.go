package linkerd

import (
	"net"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
)

// authority is what a proxy asks for: host[:port], taken apart.
type authority struct {
	host     string
	port     int
	service  kubernetes.Key
	hostname string // of one pod of a headless Service; "" if all are meant
}

// splitPath separates host and port; without a port it is 80. An error of the path is false.
func splitPath(path string) (host string, port int, ok bool) {
	if !strings.Contains(path, ":") {
		return path, defaultPort, true
	}
	host, text, err := net.SplitHostPort(path)
	if err != nil {
		return "", 0, false
	}
	port, err = strconv.Atoi(text)
	return host, port, err == nil && 0 < port && port <= highestPort
}

// parseAuthority reads service.namespace.svc.domain or hostname.service.namespace.svc.domain, and
// nothing shorter or longer.
func parseAuthority(path, domain string) (authority, bool) {
	host, port, ok := splitPath(path)
	if !ok {
		return authority{}, false
	}
	a := authority{host: host, port: port}
	rest, ok := strings.CutSuffix(host, ".svc."+domain)
	if !ok {
		return a, false
	}
	switch parts := strings.Split(rest, "."); len(parts) {
	case 2:
		a.service = kubernetes.Key{Name: parts[0], Namespace: parts[1]}
	case 3:
		a.hostname, a.service = parts[0], kubernetes.Key{Name: parts[1], Namespace: parts[2]}
	default:
		return a, false
	}
	return a, true
}
