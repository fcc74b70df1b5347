package infrastructure

import (
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// preparedQuery is a consul_prepared_query as the body of Consul's API has it.
// Consul provider: documentation of consul_prepared_query.
func (b *builder) preparedQuery(r *Resource) {
	_, name, ok := b.identity(r, "prepared-query")
	if !ok {
		return
	}
	service := r.text("service")
	if service.State == mesh.Unknown {
		b.unreadEntry(r, "prepared-query", "", "the service that it asks for is not known: "+service.Cause, r.at("service"))
		return
	}
	e := &spelled{r: r, unknown: map[string]*terraform.Unknown{}, paths: map[string][]any{"": nil}}
	body, inner := map[string]any{"name": name}, map[string]any{"service": service.V}
	e.paths["/service/service"] = []any{"service"}
	for field, v := range r.Values.AsValueMap() {
		switch field {
		case "failover", "only_passing", "near", "tags", "connect", "ignore_check_ids", "node_meta", "service_meta":
			e.member(inner, v, field, "/service", nil)
		case "template", "dns":
			e.member(body, v, field, "", nil)
		}
	}
	body["service"] = inner
	b.entry(r, "prepared-query", name, body, e.unknown, e.locate)
}

// intention is a consul_intention: one source of the entry of its destination.
// Consul provider: documentation of consul_intention; Consul keeps them as service-intentions since 1.9.
func (b *builder) intention(r *Resource) {
	list := b.intentionsLike(r)
	if list[0] != r {
		return // the first one speaks for the destination
	}
	var sources []any
	for _, one := range list {
		source, action := one.text("source_name"), one.text("action")
		if !source.IsKnown() || !action.IsKnown() || one.Unsure != "" {
			destination, _ := one.text("destination_name").Get()
			b.unreadEntry(one, "service-intentions", destination, "who may call is not known: "+source.Cause+action.Cause+one.Unsure, one.here())
			return
		}
		sources = append(sources, map[string]any{"Name": source.V, "Action": action.V})
	}
	destination := r.text("destination_name")
	if !destination.IsKnown() {
		b.unreadEntry(r, "service-intentions", "", "whom they may call is not known: "+destination.Cause, r.here())
		return
	}
	value := map[string]any{"Kind": "service-intentions", "Name": destination.V, "Sources": sources}
	b.entry(r, "service-intentions", destination.V, value, nil, func(pointer string) mesh.Position {
		at := r.Position()
		if rest, ok := strings.CutPrefix(pointer, "/Sources/"); ok {
			number, field, _ := strings.Cut(rest, "/")
			if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(list) {
				at = list[i].Position()
				if path := map[string]string{"Name": "source_name", "Action": "action"}[field]; path != "" {
					at = list[i].Place(path)
				}
			}
		}
		at.Path = pointer
		return at
	})
}

// intentionsLike are the intentions for one destination in one datacenter, in the order of their addresses.
func (b *builder) intentionsLike(r *Resource) []*Resource {
	key := func(r *Resource) string {
		to := r.text("destination_name")
		if !to.IsKnown() {
			return r.Address
		}
		return r.Provider + "|" + r.text("datacenter").V + "|" + to.V
	}
	if b.intentions == nil {
		b.intentions = map[string][]*Resource{}
		for _, other := range b.all {
			if other.key() == "consul_intention" {
				b.intentions[key(other)] = append(b.intentions[key(other)], other)
			}
		}
	}
	return b.intentions[key(r)]
}
