package infrastructure

import "slices"

// googleCluster reads google_container_cluster and the data source of that name: its location is a region, or a zone, and its nodes stand in
// node_locations.
func googleCluster(b *builder, r *Resource) {
	c := &Cluster{ID: r.id(), Name: r.text("name"), Region: googlePlace(r), Origin: r.here()}
	zones, open := r.leaves("node_locations")
	for _, l := range zones {
		zone, ok := textOf(l).Get()
		if !ok {
			open = "one of them is not known"
			break
		}
		c.Zones = append(c.Zones, bare(zone))
	}
	if location := bare(r.text("location").Or("")); googleZone.MatchString(location) {
		c.Zones = append(c.Zones, location)
	}
	if open != "" {
		c.Zones = nil
	}
	slices.Sort(c.Zones)
	c.Zones = slices.Compact(c.Zones)
	b.out.Clusters = append(b.out.Clusters, c)
}
