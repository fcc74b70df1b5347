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

// match reports whether g matches a whole path. A trailing ** wants something below. It takes at
// most as many steps as there are pairs of segments: patterns come from strangers, too.
func (g glob) match(segments []string) bool {
	star, from := -1, 0 // the last ** that was passed, and the first segment behind what it stands for
	i, j := 0, 0
	for j < len(segments) {
		switch {
		case i < len(g) && g[i] == "**":
			if i == len(g)-1 {
				return true
			}
			star, from = i, j
			i++
			continue
		case i < len(g) && matchesSegment(g[i], segments[j]):
			i, j = i+1, j+1
			continue
		case star < 0:
			return false
		}
		from++ // the last ** stands for one directory more
		i, j = star+1, from
	}
	return i == len(g)
}

func matchesSegment(pattern, segment string) bool {
	ok, err := path.Match(pattern, segment)
	return ok && err == nil
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

// Covers reports whether a glob matches a slash-separated path, or a directory above it. A malformed one matches
// nothing.
func Covers(pattern, file string) bool {
	g, err := parseGlob(pattern)
	return err == nil && covers([]glob{g}, file)
}
