package linkerd

import "k8s.io/apimachinery/pkg/labels"

// selects reports whether a Server is about a pod.
func (s *Server) selects(p *Pod) bool { return s.Selector.Matches(labels.Set(p.Labels)) }

// covers reports whether a Server is about a port of a pod: by its number, or by the name of a
// container port that has it.
func (s *Server) covers(p *Pod, port int) bool {
	if s.PortName == "" {
		return s.PortNumber == port
	}
	for _, declared := range p.Ports {
		if declared.Name == s.PortName && (declared.Container == port || declared.Host == port) {
			return true
		}
	}
	return false
}
