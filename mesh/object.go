package mesh

// Object is an object of the inputs as it is written, for those who judge objects themselves.
type Object struct {
	ID string // cluster/group/Kind/namespace/name; a duplicate has #2 at its end
	Resource
	APIVersion string
	JSON       []byte // as Kubernetes reads it
	Origin     Origin
}
