// Where requests go: by configuration while nothing is chosen, else as the cells of a failure say, before and after it.
(function (m) {
  'use strict';

  // flowsOf sums up the cells of a column under one fault: for each cluster of callers the mean share that goes to each cluster,
  // before and after, and that fails. service -1 is all of them.
  m.flowsOf = (column, fault, service) => {
    const d = m.data, from = new Map();
    const one = (s) => {
      if (!m.worst.spots[s].has(column * d.faults.length + fault)) return;
      m.eachCell(s, (port, subset, client, scenario, f, answer) => {
        if (f !== fault || d.scenarios[scenario][1] !== column) return;
        const a = d.answers[answer], cluster = d.clients[client][2];
        let src = from.get(cluster);
        if (!src) from.set(cluster, src = { cluster, n: 0, failing: 0, unknown: 0, to: new Map() });
        src.n++;
        if (d.outcomes[a[0]] === 'unknown') { src.unknown++; return; }
        src.failing += a[2] / 10000;
        for (const [list, member] of [[a[6], 'before'], [a[7], 'after']]) {
          for (const [, to, , share] of d.destinations[list]) {
            let t = src.to.get(to);
            if (!t) src.to.set(to, t = { cluster: to, before: 0, after: 0 });
            t[member] += share / 10000;
          }
        }
      });
    };
    if (service >= 0) one(service);
    else for (let s = 0; s < d.services.length; s++) one(s);
    const list = [...from.values()].sort((a, b) => d3.ascending(a.cluster, b.cluster));
    for (const src of list) {
      const known = Math.max(1, src.n - src.unknown);
      src.failing /= known;
      src.to = [...src.to.values()].map((t) => ({ cluster: t.cluster, before: t.before / known, after: t.after / known })).sort((a, b) => d3.ascending(a.cluster, b.cluster));
    }
    return list;
  };

  // tiersOf sums up the configured order of clusters: how many services use a cluster from another in which tier.
  m.tiersOf = (service) => {
    const d = m.data, edges = new Map();
    for (const f of d.failover) {
      if (service >= 0 && f.service !== d.services[service].id) continue;
      f.tiers.forEach((tier, n) => {
        for (const to of tier) {
          if (to === f.from) continue;
          const key = [f.from, to, Math.min(n, 2)].join('\u0000');
          if (!edges.has(key)) edges.set(key, { from: f.from, to, tier: Math.min(n, 2), services: new Set() });
          edges.get(key).services.add(f.service);
        }
      });
    }
    return [...edges.values()].sort((a, b) => a.tier - b.tier || d3.ascending(a.from, b.from) || d3.ascending(a.to, b.to));
  };

  const ordinals = ['first', 'second', 'third or later'];
  m.ordinal = (tier) => ordinals[tier];

  // anchors gives each end of an arc its own place on its cluster, so that arcs that leave one cluster do not cross: those to
  // the left start on the left, the farthest next to the middle, and likewise on the right.
  function anchors(layout, edges, at) {
    const order = (name) => layout.clusters.indexOf(at.get(name)), ends = new Map(layout.clusters.map((c) => [c.name, { left: [], right: [] }]));
    for (const e of edges) {
      if (e.from === e.to) continue;
      const right = order(e.to) > order(e.from), far = Math.abs(order(e.to) - order(e.from)) + (e.level || 0) / 10 + (right ? 0 : 0.05);
      ends.get(e.from)[right ? 'right' : 'left'].push({ e, end: 'x1', far });
      ends.get(e.to)[right ? 'left' : 'right'].push({ e, end: 'x2', far });
    }
    const x = new Map(edges.map((e) => [e, {}]));
    for (const [name, { left, right }] of ends) {
      const c = at.get(name), half = c.w / 2 - 14;
      left.sort((a, b) => a.far - b.far).forEach((p, i) => { x.get(p.e)[p.end] = c.x + 14 + half * 0.86 * (i + 1) / (left.length + 1); });
      right.sort((a, b) => b.far - a.far).forEach((p, i) => { x.get(p.e)[p.end] = c.x + c.w - 14 - half * 0.86 * (right.length - i) / (right.length + 1); });
    }
    return x;
  }

  // arcs draws edges above the clusters: {from, to, width, cls, text, title, level}.
  m.arcs = (layout, all) => {
    const at = new Map(layout.clusters.map((c) => [c.name, c])), group = m.svg('g', { class: 'arcs', 'aria-hidden': 'true' }), labels = [], base = layout.lane;
    const edges = all.filter((e) => at.has(e.from) && at.has(e.to)), places = anchors(layout, edges, at);
    const arc = (cls, path, e) => group.append(m.svg('path', { class: cls + ' ' + e.cls, d: path.toString(), 'stroke-width': e.width, 'data-from': e.from, 'data-to': e.to }, m.svg('title', {}, e.title)));
    for (const e of edges) {
      const path = d3.path();
      if (e.from === e.to) {
        const c = at.get(e.from), x = c.x + c.w / 2;
        path.moveTo(x - 13, base);
        path.bezierCurveTo(x - 30, base - 42, x + 30, base - 42, x + 13, base - 3);
        arc('arc self', path, e);
        labels.push({ x, y: base - 36, text: e.text, cls: e.cls });
        continue;
      }
      const { x1, x2 } = places.get(e), high = Math.min(base - 12, 40 + Math.abs(x1 - x2) * 0.085) / 0.75;
      path.moveTo(x1, base);
      path.bezierCurveTo(x1, base - high, x2, base - high, x2, base - 6);
      arc('arc', path, e);
      group.append(m.svg('path', { class: 'tip ' + e.cls, d: 'M' + (x2 - 5) + ' ' + (base - 9) + 'L' + (x2 + 5) + ' ' + (base - 9) + 'L' + x2 + ' ' + base + 'Z' }));
      labels.push({ x: (x1 + x2) / 2, y: base - high * 0.75 + 4, text: e.text, cls: e.cls });
    }
    settle(labels);
    for (const l of labels) if (l.text) group.append(m.svg('text', { class: 'arc-label ' + l.cls, x: l.x, y: l.y }, l.text));
    return group;
  };

  // settle moves labels apart that would cover each other.
  function settle(labels) {
    const taken = [];
    for (const l of labels) {
      if (!l.text) continue;
      for (let tries = 0; tries < 12 && taken.some((t) => Math.abs(t.x - l.x) < 58 && Math.abs(t.y - l.y) < 13); tries++) l.x += tries % 2 ? -24 * (tries + 1) : 24 * (tries + 1);
      taken.push(l);
    }
  }
})(globalThis.muster);
