package plan

import "github.com/passmuster/muster/analyzer/failover"

// Prediction is the digest that an Expectation keeps of its cell (Expectation.Digest), of a cell that is explained. Evidence with
// another digest than today's was gathered under another configuration: the one that was drilled is not the one that is scanned.
func Prediction(c *failover.Cell) string {
	e := predicted(c)
	return e.Prediction
}
