package revision

import "context"

// Resolve finds the commit that Open would write, without its files. A...B is the merge base of two.
func Resolve(ctx context.Context, dir, rev string, o Options) (ID, error) {
	o = o.orDefault()
	r, err := find(ctx, dir, o)
	if err != nil {
		return "", err
	}
	id, _, err := r.resolve(ctx, rev, o)
	return id, err
}
