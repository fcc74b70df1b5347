package githubtest

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// sample is the least value that a schema allows: objects have the members that they must have. Answers are made from it,
// so that they are complete without being written out.
func sample(ref *openapi3.SchemaRef) any {
	s := ref.Value
	switch {
	case s.Nullable:
		return nil
	case len(s.AllOf) > 0:
		all := map[string]any{}
		for _, part := range s.AllOf {
			if m, ok := sample(part).(map[string]any); ok {
				maps.Copy(all, m)
			}
		}
		return all
	case len(s.OneOf) > 0:
		return sample(s.OneOf[0])
	case len(s.AnyOf) > 0:
		return sample(s.AnyOf[0])
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is("object") || len(s.Properties) > 0:
		return sampleObject(s)
	case s.Type.Is("array"):
		return []any{}
	case s.Type.Is("string"):
		return sampleString(s)
	case s.Type.Is("integer") || s.Type.Is("number"):
		return 0
	case s.Type.Is("boolean"):
		return false
	}
	return map[string]any{}
}

func sampleObject(s *openapi3.Schema) any {
	out := map[string]any{}
	for _, name := range s.Required {
		if p := s.Properties[name]; p != nil {
			out[name] = sample(p)
		}
	}
	return out
}

func sampleString(s *openapi3.Schema) any {
	switch s.Format {
	case "uri":
		return "https://github.example/"
	case "date-time":
		return "2027-01-15T12:00:00Z"
	}
	return ""
}

// object is a sample of a component with other members. Members of members are merged as well.
func (k *contract) object(component string, members map[string]any) map[string]any {
	base, _ := sampleObject(k.doc.Components.Schemas[component].Value).(map[string]any)
	return merge(base, members)
}

func merge(into, from map[string]any) map[string]any {
	for _, name := range slices.Sorted(maps.Keys(from)) {
		inner, ok1 := into[name].(map[string]any)
		outer, ok2 := from[name].(map[string]any)
		if ok1 && ok2 {
			into[name] = merge(inner, outer)
			continue
		}
		into[name] = from[name]
	}
	return into
}
