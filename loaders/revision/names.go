package revision

import (
	"fmt"
	"path/filepath"
	"strings"
)

// unsafe says in a clause what is wrong with a path of a tree, or "". git does not check such files out, so no working tree
// has them; only who writes objects by hand makes them.
func unsafe(path string) string {
	if len(path) > mostPath {
		return fmt.Sprintf("a path of more than %d bytes", mostPath)
	}
	levels := 0
	for name := range strings.SplitSeq(path, "/") {
		levels++
		switch {
		case name == "" || name == "." || name == "..":
			return "a path that is no name of a file"
		case len(name) > 255:
			return "a name of more than 255 bytes"
		case isDotGit(name):
			return "a name that stands for .git on some system"
		}
	}
	switch {
	case levels > mostDepth:
		return fmt.Sprintf("a path of more than %d levels", mostDepth)
	case strings.IndexByte(path, 0) >= 0:
		return "a NUL in a name"
	case filepath.Separator != '/' && strings.ContainsRune(path, filepath.Separator), !filepath.IsLocal(path):
		return "a path that this system takes for another"
	}
	return ""
}

// isDotGit reports whether some system opens .git under a name: NTFS ignores case, dots and spaces at the end and what is
// behind a colon, and has short names; HFS+ ignores case and characters that are not seen.
func isDotGit(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	name = strings.TrimRight(strings.Map(seen, name), " .")
	return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1")
}

// seen drops the characters that HFS+ ignores in names.
func seen(c rune) rune {
	switch {
	case c >= 0x200c && c <= 0x200f, c >= 0x202a && c <= 0x202e, c >= 0x206a && c <= 0x206f, c == 0xfeff:
		return -1
	}
	return c
}
