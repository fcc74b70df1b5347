package report

import (
	"fmt"
	"strings"
)

// names are what text calls services: "namespace/name" where that is clear, and the whole id
// where two services would share it.
type names map[string]string

func namesOf(ids []string) names {
	taken := map[string]string{}
	out := make(names, len(ids))
	for _, id := range ids {
		short := shortName(id)
		if other, ok := taken[short]; ok && other != id {
			out[other], out[id] = other, id
			continue
		}
		taken[short] = id
		out[id] = short
	}
	return out
}

// of names a service that may not be in the list.
func (n names) of(id string) string {
	if name, ok := n[id]; ok {
		return name
	}
	return shortName(id)
}

// shortName cuts an id, "<mesh>/<scope>/<namespace>/<host>", down to namespace and short name.
func shortName(id string) string {
	parts := strings.Split(id, "/")
	if len(parts) < 4 {
		return id
	}
	namespace, host := parts[len(parts)-2], parts[len(parts)-1]
	if name, ok := cutNamespace(host, namespace); ok {
		return namespace + "/" + name
	}
	if namespace == "" {
		return host
	}
	return namespace + "/" + host
}

func cutNamespace(host, namespace string) (name string, ok bool) {
	name, rest, ok := strings.Cut(host, ".")
	return name, ok && (rest == namespace || strings.HasPrefix(rest, namespace+".svc"))
}

// count renders "1 error", "2 errors".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// ShortNames are what text calls services: "namespace/name" where that is clear among them, else the whole id.
func ShortNames(ids []string) func(id string) string { return namesOf(ids).of }
