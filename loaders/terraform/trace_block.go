package terraform

// nested follows a path into configured blocks to what is unknown there: to the expression of an attribute, or to what the provider works out.
func (t *tracer) nested(s *scope, b *block, i *instance, path []step, address string) {
	t.within(s, s.contentsOf(b, i), path, func() {
		if b.kind == "data" {
			t.cause("data source: %s", address)
			return
		}
		t.cause("computed: %s", address)
	})
}

// within follows a path that begins at the contents of a block. A step that is no index stands for every block of the kind; computed is
// called where the path leads to what no block configures.
func (t *tracer) within(s *scope, c *contents, path []step, computed func()) {
	if len(path) == 0 || !isSet(path[0]) || !isText(path[0]) {
		t.unknownParts(s, c)
		return
	}
	name, rest := path[0].AsString(), path[1:]
	if v, ok := c.attrs[name]; ok {
		if t.wanted(v, rest) {
			t.follow(s, c.body.attrs[name].expr, c.frame, rest)
		}
		return
	}
	if why := c.open[name]; why != "" {
		t.cause("%s", why)
		return
	}
	list := c.blocks[name]
	if len(list) == 0 {
		computed()
		return
	}
	if len(rest) > 0 {
		if n, ok := index(rest[0]); ok {
			if n < len(list) {
				t.within(s, list[n], rest[1:], computed)
			}
			return
		}
		if !isSet(rest[0]) {
			rest = rest[1:]
		}
	}
	for _, one := range list {
		t.within(s, one, rest, computed)
	}
}

// unknownParts follows all that contents configure and that is not known.
func (t *tracer) unknownParts(s *scope, c *contents) {
	for _, name := range c.body.names() {
		if v, ok := c.attrs[name]; ok && t.wanted(v, nil) {
			t.follow(s, c.body.attrs[name].expr, c.frame, nil)
		}
	}
	for _, n := range c.body.blocks {
		for _, one := range c.blocks[n.makes()] {
			t.unknownParts(s, one)
		}
	}
}
