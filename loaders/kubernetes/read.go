package kubernetes

import "github.com/passmuster/muster/loaders/source"

// Read decodes a document into the fields of T, for loaders of kinds that Build does not know. It
// does as Build does: a value of the wrong type is reported and left out, and everything else is
// read; the result is nil if nothing can be.
func Read[T any](doc *source.Document) (*T, []source.Diagnostic) {
	r := reading{doc: doc}
	v := read[T](&r)
	return v, r.diags
}
