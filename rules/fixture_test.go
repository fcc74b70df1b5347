package rules_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// A fixture is manifests for several clusters in one file, and what a rule must say about them. Comments at the start
// of a line divide it:
//
//	# case: NAME [in=SETTING]                               a fixture begins; SETTING is testdata/settings/SETTING.yaml
//	# mesh: KIND [KEY=VALUE]...                             the kind of the mesh, and other keys of it; istio if nothing is said
//	# cluster: NAME [region=R] [zones=A,B] [network=N]      what follows belongs to this cluster
//	# all clusters                                          what follows belongs to each of them
//	# terraform: NAME                                       what follows is Terraform, the root module of the environment NAME
//	# file: PATH                                            what follows stands in a file of its own
//	# drills                                                what follows are drills (catalogue.Drill): there is a folder of evidence
//
// A document of apiVersion passmuster.dev/v1 is the muster.yaml; the mesh (unless it declares meshes) and the clusters are added to
// it. An object
// replaces the one that the setting has under the same key. At the end of a line, `# want DR103 error "regexp"` wants a
// finding there (the level may be left out); in a page, `# <- DR103` does.
type fixture struct {
	name    string
	file    string // the fixture's own, for messages
	setting string
	strict  bool     // as under --strict
	lines   []string // those of the whole file; lines of other fixtures are empty
	wants   []want
}

// want is a finding that must stand on a line.
type want struct {
	line    int
	rule    string
	level   string // "" = any
	message *regexp.Regexp
}

func (w want) String() string {
	return fmt.Sprintf("line %d: want %s", w.line, strings.TrimSpace(strings.Join([]string{w.rule, w.level, w.message.String()}, " ")))
}

var (
	wantForm  = regexp.MustCompile(`# want ((?:(?:DR|IN)[0-9]{3}|S[0-9]{2}))(?: (error|warning|note))? ("(?:[^"\\]|\\.)*")\s*$`)
	arrowForm = regexp.MustCompile(`# <- ((?:(?:DR|IN)[0-9]{3}|S[0-9]{2}))\s*$`)
)

// fixturesOf reads the fixtures of a cases.yaml.
func fixturesOf(file, text string) ([]fixture, error) {
	var list []fixture
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if words, ok := directive(line, "case"); ok {
			f := fixture{file: file, setting: attribute(words, "in"), lines: make([]string, len(lines))}
			f.name = strings.Join(slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, "in=") }), " ")
			list = append(list, f)
			continue
		}
		if len(list) > 0 {
			list[len(list)-1].lines[i] = line
		} else if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
			return nil, fmt.Errorf("%s:%d: there is no # case: above this line", file, i+1)
		}
	}
	for i := range list {
		var err error
		if list[i].wants, err = wantsOf(list[i].lines); err != nil {
			return nil, fmt.Errorf("%s:%w", file, err)
		}
	}
	return list, nil
}

func wantsOf(lines []string) ([]want, error) {
	var list []want
	for i, line := range lines {
		if m := wantForm.FindStringSubmatch(line); m != nil {
			quoted, err := strconv.Unquote(m[3])
			if err != nil {
				return nil, fmt.Errorf("%d: %s: %w", i+1, m[3], err)
			}
			re, err := regexp.Compile(quoted)
			if err != nil {
				return nil, fmt.Errorf("%d: %w", i+1, err)
			}
			list = append(list, want{i + 1, m[1], m[2], re})
		} else if m := arrowForm.FindStringSubmatch(line); m != nil {
			list = append(list, want{i + 1, m[1], "", regexp.MustCompile("")})
		} else if strings.Contains(line, "# want") || strings.Contains(line, "# <-") {
			return nil, fmt.Errorf("%d: %q: want # want DR103 \"regexp\" or # <- DR103", i+1, strings.TrimSpace(line))
		}
	}
	return list, nil
}

// directive returns the words after "# name:".
func directive(line, name string) ([]string, bool) {
	rest, ok := strings.CutPrefix(line, "# "+name+":")
	words := strings.Fields(rest)
	return words, ok && len(words) > 0
}

func attribute(words []string, name string) string {
	for _, w := range words {
		if v, ok := strings.CutPrefix(w, name+"="); ok {
			return v
		}
	}
	return ""
}

// place is where documents of a fixture go.
type place struct {
	cluster string // "*" = each, "" = no cluster was named
	file    string
}

// document is one document of a fixture: the lines [from, to) of its file.
type document struct {
	place
	from, to int
	key      string // as source.Document.Key; "" if it is no object
	config   bool
}

// layout is a fixture taken apart.
type layout struct {
	lines     []string
	documents []document
	clusters  []string // as the config declares them, one flow mapping each
	names     []string // of the clusters
	mesh      []string // the words about it
	roots     []string // of Terraform
}

// kind is the kind of the mesh; "" if nothing is said of it.
func (l layout) kind() string {
	if len(l.mesh) == 0 {
		return ""
	}
	return l.mesh[0]
}

// layOut divides the lines of a fixture. Files are named after base.
func layOut(lines []string, base string) layout {
	l := layout{lines: lines}
	at := place{file: base + ".yaml"}
	from := 0
	end := func(i int) {
		text := strings.Join(lines[from:i], "\n")
		if strings.TrimSpace(text) != "" {
			d := document{place: at, from: from, to: i, config: strings.Contains(text, "apiVersion: passmuster.dev/")}
			if strings.HasPrefix(at.cluster, infra) {
				l.documents = append(l.documents, d)
				from = i + 1
				return
			}
			if docs, _, _ := source.Parse("x.yaml", []byte(text), source.Options{}); len(docs) == 1 {
				d.key = docs[0].Key()
			}
			l.documents = append(l.documents, d)
		}
		from = i + 1
	}
	for i, line := range lines {
		words, isCluster := directive(line, "cluster")
		file, isFile := directive(line, "file")
		mesh, isMesh := directive(line, "mesh")
		root, isRoot := directive(line, "terraform")
		switch {
		case isRoot:
			end(i)
			at = place{infra + root[0], "main.tf"}
			if !slices.Contains(l.roots, root[0]) {
				l.roots = append(l.roots, root[0])
			}
		case isMesh:
			end(i)
			l.mesh = mesh
		case isCluster:
			end(i)
			at = place{words[0], base + ".yaml"}
			l.declare(words)
		case isFile:
			end(i)
			at.file = file[0]
		case strings.TrimSpace(line) == "# drills":
			end(i)
			at = place{"", drillsFile}
		case strings.TrimSpace(line) == "# all clusters":
			end(i)
			at = place{"*", base + ".yaml"}
		case strings.HasPrefix(line, "---"):
			end(i)
		}
	}
	end(len(lines))
	return l
}

// declare notes a cluster. The words after its name may be left out where the setting has said them.
func (l *layout) declare(words []string) {
	if slices.Contains(l.names, words[0]) || len(words) == 1 {
		return
	}
	l.names = append(l.names, words[0])
	l.clusters = append(l.clusters, flow("name: "+words[0], words[1:]))
}

// flow is the inside of a flow mapping: what is given, and KEY=VALUE words.
func flow(entry string, words []string) string {
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		if key == "zones" {
			value = "[" + strings.ReplaceAll(value, ",", ", ") + "]"
		}
		entry += ", " + key + ": " + value
	}
	return entry
}

// files writes the layout as files by path; lines keep their numbers. Objects in replaced are left out.
func (l *layout) files(replaced map[string]bool) map[string]string {
	texts := map[string][]string{}
	for _, d := range l.documents {
		if d.config || replaced[d.cluster+" "+d.key] {
			continue
		}
		path := filepath.ToSlash(filepath.Join(folder(d.cluster), d.file))
		if texts[path] == nil {
			texts[path] = make([]string, len(l.lines))
		}
		copy(texts[path][d.from:d.to], l.lines[d.from:d.to])
		if ext := filepath.Ext(path); d.from > 0 && ext != ".hcl" && ext != ".tf" {
			texts[path][d.from-1] = "---"
		}
	}
	out := map[string]string{}
	for path, lines := range texts {
		out[path] = strings.Join(lines, "\n")
	}
	return out
}

// infra begins the folder of a root module.
const infra = "infra/"

// folder is where the files of a cluster, or of a root module, go.
func folder(cluster string) string {
	switch cluster {
	case "":
		return "."
	case "*":
		return "all"
	}
	if strings.HasPrefix(cluster, infra) {
		return cluster
	}
	return "clusters/" + cluster
}
