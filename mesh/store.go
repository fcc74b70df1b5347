package mesh

import "time"

// DataStore is a database, bucket, queue or other place that keeps data, in one region.
type DataStore struct {
	ID          string // environment and address of the resource
	Kind        string // as people call it: "Aurora cluster", "S3 bucket"
	Class       string // database, bucket, cache, queue, filesystem, registry or secret
	Name        string // as the provider knows it; "" = unknown
	Environment string
	Region      Value[string]
	// Spread: it outlives the loss of a zone by itself.
	Spread Value[bool]
	// Group joins stores that are one (a global cluster), "" = it stands alone.
	Group string
	// ReplicaOf is the ID of the store that it copies; "" = it is no replica, or of one that is not in the inputs.
	ReplicaOf string
	// Writable: it takes writes itself, or forwards them.
	Writable Value[bool]
	// Copies are the places where else the data is, without stores of their own in the inputs and with them.
	Copies []Copy
	// Backups is how long automatic backups are kept; known 0 = there are none.
	Backups     Value[time.Duration]
	PointInTime Value[bool] // it can go back to any moment
	Versioned   Value[bool] // it keeps what was overwritten
	Protected   Value[bool] // from being deleted
	// FinalCopy: deleting it leaves a last copy behind.
	FinalCopy Value[bool]
	// Open tells why nobody knows whether there are more copies, or "".
	Open   string
	Origin Origin
}

// CopyKind is what a copy of data is good for.
type CopyKind string

// The kinds of copies.
const (
	Replica CopyKind = "replica" // follows the writes
	Backup  CopyKind = "backup"  // as of some time ago
)

// Copy is data of a store in another place.
type Copy struct {
	Kind   CopyKind
	Region Value[string]
	Store  string // its own ID, where it is a store of the inputs; else ""
	Origin Origin
}
