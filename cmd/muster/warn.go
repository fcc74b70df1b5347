package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/report"
)

// warn lists on stderr what could not be read and what is missing, and which services that may
// concern, for verbs whose result has no place for it.
func (in *inputs) warn(f *fleet.Fleet) {
	const most = 20 // of each sort
	say := func(text string) { fmt.Fprintln(in.err, report.Printable(text)) }
	missing := map[string]bool{} // places
	for _, m := range f.Inputs.Missing {
		missing[m.Position.String()] = true
	}
	told := map[string]bool{}
	unread, gaps, more := 0, 0, 0
	for _, d := range f.Inputs.Unreadable {
		n, at := &unread, d.Position.String()
		if missing[at] {
			n, told[at] = &gaps, true
		}
		if *n++; *n > most {
			more++
			continue
		}
		say(d.Error())
	}
	if more > 0 {
		say(fmt.Sprintf("muster: and %d more that could not be read", more))
	}
	more = 0
	for _, m := range f.Inputs.Missing {
		switch {
		case told[m.Position.String()]:
		case gaps >= most:
			more++
		default:
			gaps++
			line := m.Position.String() + ": " + m.What + " is not known"
			if m.Help != "" {
				line += " (" + m.Help + ")"
			}
			say(line)
		}
	}
	if more > 0 {
		say(fmt.Sprintf("muster: and %d more that are not known", more))
	}
	if whom := concerned(f.Inputs.Missing); whom != "" {
		say("muster: what is missing may concern " + whom)
	}
}

// concerned names the services that something missing may concern, or is "".
func concerned(list []fleet.Missing) string {
	var namespaces []string
	for _, m := range list {
		if m.Anywhere {
			return "every service"
		}
		namespaces = append(namespaces, m.Namespaces...)
	}
	slices.Sort(namespaces)
	namespaces = slices.Compact(namespaces)
	const most = 8
	switch n := len(namespaces); {
	case n == 0:
		return ""
	case n == 1:
		return "every service in namespace " + namespaces[0]
	case n > most:
		return fmt.Sprintf("every service in namespaces %s and %d more", strings.Join(namespaces[:most], ", "), n-most)
	}
	return "every service in namespaces " + strings.Join(namespaces, ", ")
}
