package failover

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Digest identifies what is predicted for the cell and the settings that decide it: the outcome, the share of requests that
// fails, where the others go on a normal day and in the failure and what protects them, the recovery bound with its terms,
// and the kinds of causes. Lines, files and the order of anything are not part of it, so that it stays the same for as long
// as the prediction does. A cell that was not explained (Options.Explain) has the digest of what is known of it.
func (c *Cell) Digest() string {
	lines := []string{fmt.Sprintf("outcome %s %.4f", c.Outcome, c.FailingShare)}
	for _, d := range c.Before {
		lines = append(lines, d.line("before"))
	}
	for _, d := range c.Destinations {
		lines = append(lines, d.line("during"))
	}
	if r := &c.Recovery; r.Upper > 0 || len(r.Terms) > 0 {
		lines = append(lines, fmt.Sprintf("recovery %d %d", r.Lower, r.Upper))
		for _, t := range r.Terms {
			lines = append(lines, fmt.Sprintf("term %q %d %d", t.Name, t.Lower, t.Upper))
		}
	}
	var kinds []string
	for _, x := range c.Causes {
		kinds = append(kinds, fmt.Sprintf("cause %q", string(x.Kind)))
	}
	slices.Sort(kinds)
	lines = append(lines, slices.Compact(kinds)...)
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (d *Destination) line(when string) string {
	return fmt.Sprintf("%s %q %q %q %.4f %q", when, d.Locality, d.Cluster, d.Service, d.Share, d.Encryption)
}
