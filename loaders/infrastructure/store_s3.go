package infrastructure

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// bucket reads aws_s3_bucket. Buckets lie in several zones. One that is not emptied by Terraform (force_destroy) cannot be deleted with what
// it holds.
func bucket(b *builder, r *Resource) {
	s := b.store(r, "S3 bucket", "bucket")
	s.Spread, s.Writable = mesh.Of(true, mesh.Default("S3")), mesh.Of(true, mesh.Default("S3"))
	s.Protected = not(given(r, r.flag("force_destroy"), false))
	if len(b.buckets) == 0 {
		b.afterwards(b.settleBuckets)
	}
	b.buckets = append(b.buckets, r)
}

// settleBuckets reads the resources that configure buckets. Without one a bucket keeps no earlier versions (S3, "Using versioning in S3 buckets").
func (b *builder) settleBuckets() {
	stray := ""
	b.bucketNames = map[string]*Resource{}
	for _, r := range b.buckets {
		if b.stores[r].Name != "" {
			b.bucketNames[b.stores[r].Name] = r
		}
	}
	for _, r := range b.buckets {
		s := b.stores[r]
		if v := r.flag("versioning", "enabled"); v.State != mesh.Absent {
			s.Versioned = v
		}
		for i := range first(r.count("replication_configuration", 0, "rules")) {
			b.replicates(r, r, "replication_configuration", 0, "rules", i)
		}
	}
	for _, r := range b.ofType("aws_s3_bucket_versioning") {
		status := r.text("versioning_configuration", "status")
		to := b.bucketOf(r, "bucket")
		switch {
		case to == nil && r.text("bucket").State == mesh.Unknown:
			stray = whyNot(r, "bucket")
		case to == nil:
			if name := r.known("bucket"); name != "" {
				b.out.Versioned[name] = enabled(status)
			}
		case r.Unsure != "":
			b.stores[to].Versioned = mesh.UnknownOf[bool](r.Unsure, r.here())
		default:
			b.stores[to].Versioned = enabled(status)
		}
	}
	for _, r := range b.ofType("aws_s3_bucket_replication_configuration") {
		b.replication(r)
	}
	for _, r := range b.buckets {
		s := b.stores[r]
		switch {
		case s.Versioned.State != mesh.Absent:
		case stray != "":
			s.Versioned = mesh.UnknownOf[bool](stray, r.here())
		default:
			s.Versioned = mesh.Of(false, mesh.Default("S3"))
		}
		if s.Name != "" {
			b.out.Versioned[s.Name] = s.Versioned
		}
	}
	b.mutual()
}

func first(n int, _ string) int { return n }

// enabled is whether a status says so.
func enabled(status mesh.Value[string]) mesh.Value[bool] {
	if v, ok := status.Get(); ok {
		return mesh.Of(v == "Enabled", status.Origin)
	}
	return mesh.UnknownOf[bool](status.Cause, status.Origin)
}

// bucketOf is the bucket that an attribute names: by reference, or by its name, which no two buckets have.
func (b *builder) bucketOf(r *Resource, path ...any) *Resource {
	l := r.Leaf(path...)
	if to := b.link(l); to != nil {
		if b.stores[to] != nil && to.Type == "aws_s3_bucket" {
			return to
		}
		for range 4 { // aws_s3_bucket_versioning.x.bucket is how some wait for versioning
			next := b.link(to.Leaf("bucket"))
			if next == nil || to == next {
				break
			}
			if to = next; to.Type == "aws_s3_bucket" {
				return to
			}
		}
	}
	name, known := r.textOf(l)
	if name = strings.TrimPrefix(name, "arn:aws:s3:::"); !known || name == "" {
		return nil
	}
	return b.bucketNames[name]
}

// replication reads aws_s3_bucket_replication_configuration.
func (b *builder) replication(r *Resource) {
	from := b.bucketOf(r, "bucket")
	n, open := r.count("rule")
	if from == nil {
		if r.text("bucket").State == mesh.Unknown {
			b.stray(whyNot(r, "bucket"), "aws_s3_bucket")
		}
		return
	}
	for i := range n {
		b.replicates(from, r, "rule", i)
	}
	if s := b.stores[from]; s.Open == "" {
		if s.Open = open; r.Unsure != "" {
			s.Open = r.Unsure
		}
	}
}

// replicates reads one rule. One that is disabled copies nothing.
func (b *builder) replicates(from, r *Resource, rule ...any) {
	at := func(path ...any) []any { return append(append([]any{}, rule...), path...) }
	s := b.stores[from]
	status := r.text(at("status")...)
	if status.State == mesh.Unknown {
		s.Open = whyNot(r, at("status")...)
		return
	}
	if status.Or("Enabled") != "Enabled" {
		return
	}
	destination := at("destination", "bucket")
	to := b.bucketOf(r, destination...)
	switch {
	case to != nil:
		c := b.stores[to]
		if !slices.ContainsFunc(s.Copies, func(known mesh.Copy) bool { return known.Store == c.ID }) {
			copied(s, c, mesh.Replica, r.at(destination...))
		}
	default:
		s.Copies = append(s.Copies, mesh.Copy{Kind: mesh.Replica, Region: mesh.UnknownOf[string](whyNot(r, destination...), r.at(destination...)),
			Origin: r.at(destination...)})
	}
}

// mutual: buckets that copy one another are no replicas.
func (b *builder) mutual() {
	copies := map[[2]string]bool{}
	for _, r := range b.buckets {
		for _, c := range b.stores[r].Copies {
			copies[[2]string{b.stores[r].ID, c.Store}] = true
		}
	}
	for _, r := range b.buckets {
		if s := b.stores[r]; copies[[2]string{s.ID, s.ReplicaOf}] {
			s.ReplicaOf = ""
		}
	}
}
