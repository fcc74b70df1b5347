package infrastructure

import (
	"github.com/passmuster/muster/mesh"
)

// awsClasses are the classes of stores by the types of their resources.
var awsClasses = map[string]string{
	"aws_rds_cluster": "database", "aws_docdb_cluster": "database", "aws_neptune_cluster": "database", "aws_db_instance": "database",
	"aws_dynamodb_table": "database", "aws_dynamodb_table_replica": "database", "aws_elasticache_replication_group": "cache", "aws_s3_bucket": "bucket",
	"aws_efs_file_system": "filesystem", "aws_secretsmanager_secret": "secret", "aws_ecr_replication_configuration": "registry",
}

// store is what a resource that keeps data becomes.
func (b *builder) store(r *Resource, kind, name string) *mesh.DataStore {
	out := &mesh.DataStore{ID: r.id(), Kind: kind, Class: awsClasses[r.Type], Name: r.known(name), Environment: b.Environment, Region: r.region(), Open: r.Unsure, Origin: r.here()}
	b.stores[r] = out
	b.out.Stores = append(b.out.Stores, out)
	return out
}

// stray notes that something may copy any store of some types: nobody knows which.
func (b *builder) stray(cause string, types ...string) {
	for _, kind := range types {
		if b.strays[kind] {
			continue
		}
		b.strays[kind] = true
		for _, r := range b.ofType(kind) {
			if s := b.stores[r]; s != nil && s.Open == "" {
				s.Open = cause
			}
		}
	}
}

// ofType are the resources of a type.
func (b *builder) ofType(key string) []*Resource {
	if b.byType == nil {
		b.byType = map[string][]*Resource{}
		for _, r := range b.all {
			b.byType[r.key()] = append(b.byType[r.key()], r)
		}
	}
	return b.byType[key]
}

// copied notes a copy of a store, and of which store another one is the copy.
func copied(from, to *mesh.DataStore, kind mesh.CopyKind, at mesh.Origin) {
	from.Copies = append(from.Copies, mesh.Copy{Kind: kind, Region: to.Region, Store: to.ID, Origin: at})
	if to.ReplicaOf == "" && from != to {
		to.ReplicaOf = from.ID
	}
}

// not is a flag turned round.
func not(v mesh.Value[bool]) mesh.Value[bool] {
	v.V = v.IsKnown() && !v.V
	return v
}

// whyNot is why a reference leads to nothing of the inputs.
func whyNot(r *Resource, path ...any) string {
	if l := r.Leaf(path...); l.Unknown != nil {
		return r.Address + ": " + l.Unknown.Reason
	}
	return r.Address + " names something that is not in the inputs"
}
