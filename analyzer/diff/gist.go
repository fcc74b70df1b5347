package diff

import (
	"time"

	"github.com/passmuster/muster/analyzer/failover"
)

// gist is what of a cell is compared.
type gist struct {
	outcome    failover.Outcome
	share      float64 // that fails
	encryption string  // of the least protected destination, "" where there is none
	upper      time.Duration
}

// Differences that are not told: rounding of shares, and bounds that moved by less than anybody would act on.
const (
	shareMatters = 0.005
	boundMatters = time.Second
	boundRatio   = 1.1
)

func gistOf(g failover.Glance) gist { return gist{g.Outcome, g.Share, g.Encryption, g.Upper} }

func gistOfCell(c *failover.Cell) gist {
	g := gist{outcome: c.Outcome, share: c.FailingShare}
	if c.Outcome == failover.Survives || c.Outcome == failover.Degraded {
		g.encryption, g.upper = failover.Weakest(c.Destinations), c.Recovery.Upper
	}
	return g
}

var harm = map[failover.Outcome]int{failover.Survives: 0, failover.Degraded: 1, failover.Lost: 2}

// changeOf tells what became of a cell; "" = nothing that matters. What was lost and is unknown now is neither worse nor better.
func changeOf(was, is gist) Change {
	if was.outcome == failover.Unknown || is.outcome == failover.Unknown {
		switch {
		case was.outcome == is.outcome, was.outcome == failover.Lost:
			return ""
		case is.outcome == failover.Unknown:
			return Unproven
		case is.outcome == failover.Survives:
			return Better
		}
		return Worse
	}
	encryption := failover.EncryptionRank(is.encryption) - failover.EncryptionRank(was.encryption)
	if was.encryption == "" || is.encryption == "" {
		encryption = 0 // nothing goes over in one of them
	}
	switch {
	case harm[is.outcome] > harm[was.outcome], is.share > was.share+shareMatters:
		return Worse
	case encryption > 0 && is.encryption == "unknown":
		return Unproven
	case encryption > 0:
		return Worse
	case harm[is.outcome] < harm[was.outcome], is.share < was.share-shareMatters, encryption < 0:
		return Better
	case longer(was.upper, is.upper):
		return Slower
	case longer(is.upper, was.upper):
		return Better
	}
	return ""
}

func longer(a, b time.Duration) bool {
	return b >= a+boundMatters && float64(b) >= float64(a)*boundRatio
}
