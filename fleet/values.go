package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// expressions turns the mapping "set" of a source into what helm's --set takes: nested mappings and
// dots in a name both mean nested values.
func expressions(set map[string]any) []string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(set)) {
		list = append(list, expression(setName.Replace(k), set[k])...)
	}
	return list
}

// In --set, a comma ends a value and an equals sign a name; a backslash takes that away.
var (
	setName  = strings.NewReplacer(`\`, `\\`, ",", `\,`, "=", `\=`, "[", `\[`)
	setValue = strings.NewReplacer(`\`, `\\`, ",", `\,`)
)

func expression(name string, value any) []string {
	switch v := value.(type) {
	case map[string]any:
		var list []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			list = append(list, expression(name+"."+strings.ReplaceAll(setName.Replace(k), ".", `\.`), v[k])...)
		}
		return list
	case []any:
		var list []string
		for i, one := range v {
			list = append(list, expression(fmt.Sprintf("%s[%d]", name, i), one)...)
		}
		return list
	case nil:
		return []string{name + "=null"}
	case string:
		text := setValue.Replace(v)
		if strings.HasPrefix(text, "{") {
			text = `\` + text // else it would begin a list
		}
		return []string{name + "=" + text}
	}
	return []string{fmt.Sprintf("%s=%v", name, value)}
}
