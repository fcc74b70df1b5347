package render

import (
	"bytes"
	"testing"
)

// Annotations that differ at each render make pods roll, and say nothing else; those that a mesh
// reads do.
func TestWhatIsAnAnnotation(t *testing.T) {
	lines := bytes.Split([]byte(`metadata:
  annotations:
    rollme: x7
    checksum/config: 1a

    proxy.istio.io/config: x
    "passmuster.dev/survive": region
  labels:
    version: x9
spec:
  replicas: 3`), []byte{'\n'})
	want := map[int]bool{2: true, 3: true}
	for i := range lines {
		if got := isAnnotation(lines, i); got != want[i] {
			t.Errorf("line %d (%s): %v", i+1, lines[i], got)
		}
	}
}
