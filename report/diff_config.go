package report

import "github.com/passmuster/muster/config"

// ConfigChangesOf are changes of what muster judges by, those that weaken first.
func ConfigChangesOf(changes []config.Change) []ConfigChange {
	list := make([]ConfigChange, 0, len(changes))
	for _, weakens := range []bool{true, false} {
		for _, c := range changes {
			if c.Weakens == weakens {
				list = append(list, ConfigChange{Kind: c.Kind, Change: c.Change, What: c.What, Weakens: c.Weakens, Base: PositionAt(c.Base), Head: PositionAt(c.Head)})
			}
		}
	}
	return list
}
