// Where everything of the topology stands: regions hold clusters, clusters hold services, or namespaces where there are many.
(function (m) {
  'use strict';
  const gap = 12, pad = 10, head = 58, tileHeight = 24, tileGap = 5, lane = 150, regionHead = 26;
  const mostTiles = 42; // services of a cluster that are drawn one by one

  m.outside = ''; // the name of what is in no cluster

  // placesOf lists regions with their clusters, and what stands outside of all.
  function placesOf(d) {
    const regions = d3.groups(d.clusters, (c) => c.region).map(([name, clusters]) => ({ name, clusters: clusters.slice().sort((a, b) => d3.ascending(a.name, b.name)) }));
    regions.sort((a, b) => d3.ascending(a.name === '' ? 1 : 0, b.name === '' ? 1 : 0) || d3.ascending(a.name, b.name));
    const homeless = d.services.some((s) => s.clusters.length === 0);
    const named = d.failover.some((f) => f.from === '' || f.tiers.some((t) => t.includes(''))) || d.clients.some((c) => c[2] === '');
    if (homeless || named) regions.push({ name: 'outside', outside: true, clusters: [{ name: m.outside, region: '', zones: [], mesh: '', network: '' }] });
    return regions;
  }

  const within = (d, cluster) => d.services.filter((s) => cluster === m.outside ? s.clusters.length === 0 : s.clusters.includes(cluster));

  // m.layoutOf places everything for a width in pixels; the picture is wider where clusters would be too narrow.
  m.layoutOf = (d, width) => {
    const regions = placesOf(d);
    const boxes = regions.flatMap((r) => r.clusters.map((c) => ({ ...c, outside: Boolean(r.outside), services: within(d, c.name) })));
    if (boxes.length === 0) return null;
    const crowded = boxes.some((b) => b.services.length > mostTiles);
    const between = gap * (regions.length - 1) + regions.length * 2 * pad + gap * (boxes.length - regions.length);
    const w = Math.max(crowded ? 220 : 158, Math.min(420, (width - between) / boxes.length));
    const columns = Math.max(1, Math.floor((w - 2 * pad + tileGap) / (132 + tileGap)));
    const tall = crowded ? 300 : Math.max(...boxes.map((b) => Math.ceil(b.services.length / columns))) * (tileHeight + tileGap) - tileGap;
    const inner = Math.max(tall, 30), height = head + inner + pad;
    let x = 0, n = 0;
    const out = { lane, regions: [], clusters: [], crowded, height: lane + regionHead + height + pad + 2 };
    for (const r of regions) {
      const from = x;
      x += pad;
      r.clusters.forEach((c, i) => {
        if (i > 0) x += gap;
        const box = { ...boxes[n++], x, y: lane + regionHead, w, h: height };
        box.tiles = crowded ? namespaces(box, inner) : tiles(box, columns);
        out.clusters.push(box);
        x += w;
      });
      x += pad;
      out.regions.push({ name: r.name || 'no known region', outside: r.outside, x: from, y: lane, w: x - from, h: regionHead + height + pad });
      x += gap;
    }
    out.width = x - gap;
    return out;
  };

  function tiles(box, columns) {
    const w = (box.w - 2 * pad - (columns - 1) * tileGap) / columns;
    return box.services.slice().sort((a, b) => d3.ascending(a.name, b.name)).map((s, i) => ({
      service: s.index, name: s.name, x: box.x + pad + (i % columns) * (w + tileGap), y: box.y + head + Math.floor(i / columns) * (tileHeight + tileGap), w, h: tileHeight,
    }));
  }

  // namespaces is a treemap: the area of a namespace tells how many services it has.
  function namespaces(box, height) {
    const groups = d3.groups(box.services, (s) => s.namespace).map(([name, list]) => ({ name, list }));
    const root = d3.hierarchy({ children: groups }).sum((g) => g.list ? g.list.length : 0).sort((a, b) => b.value - a.value || d3.ascending(a.data.name, b.data.name));
    const stretch = 2.4; // laid out taller than it is drawn, so that tiles become wider than high: names need width
    d3.treemap().size([box.w - 2 * pad, height * stretch]).paddingInner(0)(root);
    return root.leaves().filter((l) => l.data.list).map((l) => ({
      namespace: l.data.name, services: l.data.list.map((s) => s.index), name: l.data.name || 'no namespace',
      x: box.x + pad + l.x0, y: box.y + head + l.y0 / stretch, w: Math.max(2, l.x1 - l.x0 - 3), h: Math.max(2, (l.y1 - l.y0) / stretch - 3),
    }));
  }

  // fit shortens a text for a width in pixels, by the width that a letter has on average.
  m.fit = (text, width, letter) => {
    const most = Math.floor(width / letter), shown = m.show(text);
    return shown.length <= most ? shown : most < 3 ? '' : shown.slice(0, most - 1) + '…';
  };
})(globalThis.muster);
