package proposal

import (
	"strings"
)

// named is the name of a unit's scope, and why.
func named(u unit) (name, why, env string) {
	parts, at := partsOf(u), ""
	switch {
	case u.file != nil && u.file.bears:
		at = "file " + u.file.path
	case u.file != nil:
		at = "folder " + bearer(u.file.dir)
	case u.scope != u.dir.scope:
		at = "values " + u.values().path
	default:
		at = "folder " + bearer(u.dir)
	}
	if len(parts) == 0 {
		return "", "no folder or object names it", ""
	}
	for _, part := range parts {
		if u.scope.env != "" && (classify(part).env == u.scope.env || strings.EqualFold(part, u.scope.env)) {
			env = envWord(part, u.scope.env)
		}
	}
	return strings.Join(parts, "-"), at, first(env, u.scope.env)
}

// envWord is the word of a name that stands for an environment, as it is written.
func envWord(name, env string) string {
	for _, w := range split(name) {
		if environments[w] == env {
			return w
		}
	}
	return env
}

// bearer is the folder whose name made the scope.
func bearer(d *dir) string {
	for at := d; at != nil; at = at.parent {
		if at.bears {
			return at.path
		}
	}
	return d.path
}
