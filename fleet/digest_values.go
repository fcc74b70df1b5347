package fleet

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// mostDepth bounds what is followed of a value; none of the graph's nests deeper.
const mostDepth = 16

// originType and positionType say where something stands, and nothing of what it is.
var (
	originType   = reflect.TypeFor[mesh.Origin]()
	positionType = reflect.TypeFor[mesh.Position]()
)

// writeValue writes what a value says: members that Go shows, without places. Other things of the graph are named, and not told.
func writeValue(w io.Writer, v reflect.Value, depth int) {
	if !v.IsValid() || depth > mostDepth || v.Type() == originType || v.Type() == positionType {
		fmt.Fprint(w, "-")
		return
	}
	if name, ok := toldElsewhere(v); ok {
		fmt.Fprintf(w, "%q", name)
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		writeValue(w, v.Elem(), depth+1)
	case reflect.Struct:
		fmt.Fprint(w, "{")
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || f.Type == originType || f.Type == positionType {
				continue
			}
			fmt.Fprintf(w, "%s:", f.Name)
			writeValue(w, v.Field(i), depth+1)
			fmt.Fprint(w, ";")
		}
		fmt.Fprint(w, "}")
	case reflect.Slice, reflect.Array:
		fmt.Fprint(w, "[")
		for i := range v.Len() {
			writeValue(w, v.Index(i), depth+1)
			fmt.Fprint(w, ",")
		}
		fmt.Fprint(w, "]")
	case reflect.Map:
		writeMap(w, v, depth)
	case reflect.String:
		fmt.Fprintf(w, "%q", v.String())
	case reflect.Bool, reflect.Float32, reflect.Float64:
		fmt.Fprint(w, v.Interface())
	default:
		if v.CanInt() {
			fmt.Fprint(w, v.Int())
		} else if v.CanUint() {
			fmt.Fprint(w, v.Uint())
		}
	}
}

// writeMap writes the entries of a map sorted by their keys.
func writeMap(w io.Writer, v reflect.Value, depth int) {
	entries := make([]string, 0, v.Len())
	for _, key := range v.MapKeys() {
		var b strings.Builder
		writeValue(&b, key, depth+1)
		b.WriteByte('=')
		writeValue(&b, v.MapIndex(key), depth+1)
		entries = append(entries, b.String())
	}
	slices.Sort(entries)
	fmt.Fprintf(w, "%q", entries)
}

// toldElsewhere is the name of a thing that is told where it stands itself.
func toldElsewhere(v reflect.Value) (string, bool) {
	if v.Kind() != reflect.Pointer || v.IsNil() || !v.CanInterface() {
		return "", false
	}
	switch x := v.Interface().(type) {
	case *mesh.Service:
		return string(x.ID), true
	case *mesh.Workload:
		return x.ID, true
	case *mesh.Gateway:
		return x.ID, true
	case *mesh.Endpoint:
		return x.Name + "@" + x.Address, true
	}
	return "", false
}
