package source

import (
	"fmt"
	"path"
	"strings"
)

// glob is a pattern for slash-separated paths, in segments: within one, *, ? and [a-z] as in
// path.Match; ** as a whole segment stands for any number of directories.
type glob []string

func parseGlob(pattern string) (glob, error) {
	clean := strings.Trim(strings.TrimPrefix(pattern, "./"), "/")
	g := glob(strings.Split(clean, "/"))
	for _, segment := range g {
		if _, err := path.Match(segment, ""); err != nil || clean == "" {
			return nil, fmt.Errorf("%q is no glob; examples: docs/**, **/test/*.yaml", pattern)
		}
	}
	return g, nil
}

func parseGlobs(patterns []string) ([]glob, error) {
	out := make([]glob, 0, len(patterns))
	for _, p := range patterns {
		g, err := parseGlob(p)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// match reports whether g matches a whole path. A trailing ** wants something below.
func (g glob) match(segments []string) bool {
	for len(g) > 0 {
		if g[0] == "**" {
			if len(g) == 1 {
				return len(segments) > 0
			}
			for i := range segments {
				if g[1:].match(segments[i:]) {
					return true
				}
			}
			return false
		}
		if len(segments) == 0 {
			return false
		}
		if ok, err := path.Match(g[0], segments[0]); !ok || err != nil {
			return false
		}
		g, segments = g[1:], segments[1:]
	}
	return len(segments) == 0
}

// covers reports whether one of the globs matches a path or a directory above it.
func covers(globs []glob, name string) bool {
	segments := strings.Split(name, "/")
	for _, g := range globs {
		for n := 1; n <= len(segments); n++ {
			if g.match(segments[:n]) {
				return true
			}
		}
	}
	return false
}
