package drillreport

import (
	"testing"

	"github.com/passmuster/muster/drill/audit"
)

// Whatever the audit can tell has words.
func TestEveryClassIsDescribed(t *testing.T) {
	if len(Classes) != len(audit.Classes()) || len(words) != len(Classes) {
		t.Errorf("%d classes, %d of the audit, words about %d", len(Classes), len(audit.Classes()), len(words))
	}
	for _, c := range Classes {
		if c.Title == "" || c.Why == "" || c.Next == "" || c.Name == "" || c.Severity == "" {
			t.Errorf("%+v is not described", c)
		}
	}
}
