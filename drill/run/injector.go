package run

import (
	"context"
	"errors"

	"github.com/passmuster/muster/drill/record"
)

// Injector brings faults about from inside the program that drills, as a demonstration does.
type Injector interface {
	// Ready waits until a round may begin.
	Ready(ctx context.Context) error
	// Inject and Remove return when the fault holds, and when it is gone.
	Inject(ctx context.Context, mode string) error
	Remove(ctx context.Context, mode string) error
}

// inside drives an Injector.
type inside struct{ Injector }

func (i inside) by() string { return "program" }

func (i inside) act(ctx context.Context, name record.EventName, r *Round, begin, end func() error) error {
	recorded := begin()
	if name == record.Remove { // what cannot be recorded is removed all the same
		if err := i.Remove(ctx, r.Mode); err != nil {
			return errors.Join(err, recorded)
		}
		return errors.Join(recorded, end())
	}
	if recorded != nil {
		return recorded
	}
	if err := i.Inject(ctx, r.Mode); err != nil {
		return err
	}
	return end()
}
