package fleet

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/suppress"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// Suppressions reads what is written in comments, annotations and the config about findings that are accepted, in the
// order of their places. What cannot be read suppresses nothing and is a diagnostic. In a fleet that is judged by the standards of
// another one, those that the other one does not have are left out.
func (f *Fleet) Suppressions() ([]*mesh.Suppression, []source.Diagnostic) {
	list, diags := f.allSuppressions()
	if f.standards != nil {
		list, _ = f.standards.Suppressions(f)
	}
	return list, diags
}

// allSuppressions are those that are written, whatever the fleet is judged by.
func (f *Fleet) allSuppressions() ([]*mesh.Suppression, []source.Diagnostic) {
	list, diags := f.fromComments()
	annotated, more := f.fromIgnoreAnnotations()
	list, diags = append(list, annotated...), append(diags, more...)
	slices.SortStableFunc(list, func(a, b *mesh.Suppression) int { return a.Origin.Position().Compare(b.Origin.Position()) })
	list = append(list, f.fromConfig()...)
	slices.SortStableFunc(diags, func(a, b source.Diagnostic) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Message, b.Message))
	})
	return list, slices.CompactFunc(diags, func(a, b source.Diagnostic) bool {
		return a.Message == b.Message && a.Position.Compare(b.Position) == 0
	})
}

func (f *Fleet) fromComments() (list []*mesh.Suppression, diags []source.Diagnostic) {
	seen := map[string]bool{}
	for _, file := range f.marked {
		if seen[file.File] {
			continue // it is a source of several clusters, or charts
		}
		seen[file.File] = true
		read := suppress.Comments
		if isTerraform(file.File) {
			read = terraform.Suppressions
		}
		one, wrong := read(file)
		list, diags = append(list, one...), append(diags, wrong...)
	}
	return list, diags
}

// fromIgnoreAnnotations reads the annotations of all objects. What one place says of several objects, because it is
// read or rendered for several clusters, is one suppression.
func (f *Fleet) fromIgnoreAnnotations() (list []*mesh.Suppression, diags []source.Diagnostic) {
	at := map[string]*mesh.Suppression{}
	for _, cluster := range f.clusters {
		for _, d := range f.docs[cluster.Name] {
			one, wrong := suppress.Annotations(d, cluster.Name)
			diags = append(diags, wrong...)
			for _, s := range one {
				place := fmt.Sprint(s.Origin.Position().String(), s.Rules, s.Until.Unix(), s.Owner, s.Reason)
				if known := at[place]; known != nil {
					known.Resources = append(known.Resources, s.Resources...)
					continue
				}
				at[place] = s
				list = append(list, s)
			}
		}
	}
	return list, diags
}

func (f *Fleet) fromConfig() []*mesh.Suppression {
	if f.Config == nil {
		return nil
	}
	var list []*mesh.Suppression
	covers := f.Covers()
	for i := range f.Config.Suppress {
		s := &f.Config.Suppress[i]
		list = append(list, &mesh.Suppression{
			By: mesh.ByConfig, Rules: []string{s.Rule}, Reason: s.Reason, Until: s.Until, Owner: s.Owner,
			Origin: mesh.At(f.Config, fmt.Sprintf("/suppress/%d", i)),
			Covers: func(subject *mesh.Subject) bool { return covers(&s.Match, subject) },
		})
	}
	return list
}

// Covers tells whether a match of the config selects what a finding is about. The function is for one
// goroutine.
func (f *Fleet) Covers() func(*config.Accepted, *mesh.Subject) bool {
	clusters := f.clustersOfFiles()
	return func(match *config.Accepted, subject *mesh.Subject) bool {
		return match.Matches(subject,
			func() []string { return clusters(subject) },
			func() string { return besideConfig(f.Config, subject.Position.File) })
	}
}

// clustersOfFiles tells for which clusters the line that decides a finding is read: those of its file and its object,
// else those of its service.
func (f *Fleet) clustersOfFiles() func(*mesh.Subject) []string {
	var files map[string][]string
	return func(s *mesh.Subject) []string {
		if files == nil {
			files = map[string][]string{}
			for _, c := range f.clusters {
				for _, d := range f.docs[c.Name] {
					if list := files[d.File]; len(list) == 0 || list[len(list)-1] != c.Name {
						files[d.File] = append(list, c.Name)
					}
				}
			}
		}
		list := slices.Clip(files[s.Position.File])
		if c := s.Resource.Cluster; c != "" && !slices.Contains(list, c) {
			list = append(list, c)
		}
		if len(list) == 0 && s.Service != nil {
			return s.Service.Clusters
		}
		return list
	}
}

// besideConfig is a file of a position, relative to the folder of the config. Both are named relative to the same
// directory.
func besideConfig(c *config.Config, file string) string {
	dir := path.Dir(c.File)
	rel, err := filepath.Rel(filepath.FromSlash(dir), filepath.FromSlash(file))
	if err != nil {
		return strings.TrimPrefix(file, dir+"/")
	}
	return filepath.ToSlash(rel)
}
