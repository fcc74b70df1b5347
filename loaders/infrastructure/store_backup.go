package infrastructure

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// always is how long a backup is kept that nothing deletes: as long as AWS Backup lets a plan say (API Lifecycle: 36500 days).
const always = 36500 * 24 * time.Hour

// backed are the types of stores that AWS Backup cares for.
var backed = []string{"aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster", "aws_db_instance", "aws_dynamodb_table", "aws_s3_bucket",
	"aws_efs_file_system"}

// backupSelection reads aws_backup_selection: what its plan keeps of the resources that it names, or that have its tags. A store that it may
// concern for other reasons has unknown copies.
func backupSelection(b *builder, r *Resource) {
	b.afterwards(func() { b.afterwards(func() { b.selected(r) }) }) // after copies of another kind
}

func (b *builder) selected(r *Resource) {
	plan := b.link(r.Leaf("plan_id"), "aws_backup_plan")
	chosen := map[*mesh.DataStore]bool{}
	why := r.Unsure
	leaves, open := r.elements("resources")
	for _, l := range leaves {
		list, whole := b.links(l)
		for _, to := range list {
			if s := b.stores[to]; s != nil && whole && len(list) >= 1 {
				chosen[s] = true
			}
		}
		text, known := r.textOf(l)
		switch {
		case whole && len(list) > 0:
		case known && strings.Contains(text, "*"):
			why = r.Address + " chooses what is like " + text
		case l.Unknown != nil:
			why = whyNot(r, "resources")
		}
	}
	if open != "" {
		why = r.Address + ": " + open
	}
	if n, more := r.count("selection_tag"); n > 0 || more != "" {
		why = r.Address + " chooses by tags"
		for i := range n {
			b.tagChosen(r, i, chosen)
		}
	}
	for _, s := range slices.SortedFunc(maps.Keys(chosen), func(x, y *mesh.DataStore) int { return strings.Compare(x.ID, y.ID) }) {
		if plan != nil && r.Unsure == "" {
			b.keeps(plan, s)
		} else if s.Open == "" {
			if s.Open = why; why == "" {
				s.Open = whyNot(r, "plan_id")
			}
		}
	}
	if why == "" || b.strays[r.Type] {
		return
	}
	b.strays[r.Type] = true
	for _, kind := range backed {
		for _, to := range b.ofType(kind) {
			if s := b.stores[to]; s != nil && s.Open == "" && !chosen[s] {
				s.Open = why
			}
		}
	}
}

// tagChosen adds the stores that have a tag. That another one has it not is never certain: providers add tags.
func (b *builder) tagChosen(r *Resource, i int, chosen map[*mesh.DataStore]bool) {
	key, value := r.known("selection_tag", i, "key"), r.text("selection_tag", i, "value")
	if key == "" || !value.IsKnown() || !r.Leaf("condition").Absent || r.known("selection_tag", i, "type") != "STRINGEQUALS" {
		return
	}
	if b.byTag == nil {
		b.byTag = map[[2]string][]*mesh.DataStore{}
		for _, kind := range backed {
			for _, to := range b.ofType(kind) {
				for k, v := range knownTags(to) {
					b.byTag[[2]string{k, v}] = append(b.byTag[[2]string{k, v}], b.stores[to])
				}
			}
		}
	}
	for _, s := range b.byTag[[2]string{key, value.V}] {
		chosen[s] = true
	}
}

// keeps adds what the rules of a plan keep of a store: backups beside it, and copies in other vaults.
func (b *builder) keeps(plan *Resource, s *mesh.DataStore) {
	rules, open := plan.count("rule")
	if s.Open == "" {
		s.Open = open
	}
	for i := range rules {
		kept := plan.days("rule", i, "lifecycle", "delete_after")
		if kept.State == mesh.Absent {
			kept = mesh.Of(always, plan.at("rule", i))
		}
		if kept.State == mesh.Unknown && !(s.Backups.V > 0) || kept.V > s.Backups.V {
			s.Backups = kept
		}
		n, more := plan.count("rule", i, "copy_action")
		if s.Open == "" {
			s.Open = more
		}
		for j := range n {
			path := []any{"rule", i, "copy_action", j, "destination_vault_arn"}
			s.Copies = append(s.Copies, mesh.Copy{Kind: mesh.Backup, Region: b.vaultRegion(plan, path...), Origin: plan.at(path...)})
		}
	}
}

// vaultRegion is where a vault stands: by reference, or by the region in its ARN.
func (b *builder) vaultRegion(r *Resource, path ...any) mesh.Value[string] {
	l := r.Leaf(path...)
	if vault := b.link(l, "aws_backup_vault", "data.aws_backup_vault", "aws_backup_logically_air_gapped_vault"); vault != nil {
		return vault.region()
	}
	if text, known := r.textOf(l); known && arnRegion(text) != "" {
		return mesh.Of(arnRegion(text), originOf(l))
	}
	return mesh.UnknownOf[string](whyNot(r, path...), originOf(l))
}
