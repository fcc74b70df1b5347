// The topology as a picture, the switch of scenarios, and what the picture shows in words.
(function (m) {
  'use strict';
  const state = m.state;

  m.topologySection = (d) => {
    const chosen = d.order.filter((c) => d.columns[c].kind !== 'today' && d.columns[c].kind !== 'several');
    const canvas = m.el('div', { class: 'picture', tabindex: '0', role: 'group', 'aria-label': 'Picture of the fleet' });
    const words = m.el('div', { class: 'words' });
    const services = d.services.map((s) => [s.index, s.name]).sort((a, b) => d3.ascending(a[1], b[1]));
    const scenario = m.select('What fails', 'scenario', [[-1, 'nothing: failover as configured'], ...chosen.map((c) => [c, named(d.columns[c])])], -1, (v) => m.set({ column: Number(v) }));
    const fault = m.choice('How', 'flow-fault', d.faults.map((f, i) => [i, f]), state.flowFault, (v) => m.set({ flowFault: v }));
    const moment = m.choice('When', 'moment', [['before', 'Before'], ['after', 'After']], state.moment, (v) => m.set({ moment: v }));
    const service = m.select('Service', 'flow-service', [[-1, 'all'], ...services], -1, (v) => m.set({ service: Number(v) }));
    const replay = m.button('Replay', () => again(), { class: 'replay', title: 'Before, then after' });
    const draw = () => {
      picture(d, canvas);
      words.replaceChildren(...inWords(d));
      for (const node of [fault, moment, replay]) node.hidden = state.column < 0;
      choose(scenario, state.column);
      choose(service, state.service);
      for (const [node, value] of [[fault, state.flowFault], [moment, state.moment]]) for (const radio of node.querySelectorAll('input')) radio.checked = radio.value === String(value);
    };
    m.on(['column', 'flowFault', 'moment', 'service'], () => { draw(); m.tell(words.firstChild ? words.firstChild.textContent : ''); });
    let width = 0;
    new ResizeObserver(() => { if (Math.abs(canvas.clientWidth - width) > 8) { width = canvas.clientWidth; draw(); } }).observe(canvas);
    const timer = { id: 0 };
    function again() {
      clearTimeout(timer.id);
      m.set({ moment: 'before' });
      timer.id = setTimeout(() => m.set({ moment: 'after' }), 1200);
    }
    return m.section('topology', 'Topology', d.topology ? 'Regions, their clusters, and what runs in them. Choose what fails to see where requests go.' : 'This report was written by an earlier version and holds no topology: clusters are those that its services name.',
      m.el('form', { class: 'controls', 'aria-label': 'Scenario', onsubmit: (e) => e.preventDefault() }, scenario, fault, moment, service, replay), canvas, words);
  };

  const named = (c) => c.kind === 'copy' ? 'each service loses its own pods in ' + c.label : m.failing(c);

  const choose = (control, value) => { control.querySelector('select').value = String(value); };

  // dies reports whether a failure takes a cluster, a zone or a gateway.
  function dies(d, column) {
    const target = column < 0 ? '' : decode(d.columns[column].target), [kind, ...rest] = target.split('='), value = rest.join('=');
    return {
      cluster: (c) => kind === 'region' && c.region === value && value !== '' || (kind === 'cluster' || kind === 'datacenter') && c.name === value,
      zone: (c, zone) => kind === 'zone' && (value === c.region + '/' + zone || value === zone),
      gateway: (g) => kind === 'gateway' && g.id === value,
    };
  }
  const decode = (text) => text.replace(/%(25|2B|7C|3D)/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));

  function picture(d, canvas) {
    const layout = m.layoutOf(d, Math.max(320, canvas.clientWidth - 8));
    if (!layout) {
      canvas.replaceChildren(m.el('p', { class: 'empty' }, 'The report names no cluster.'));
      return;
    }
    const svg = m.svg('svg', { class: 'topology' + (state.column >= 0 ? ' failing' : ''), viewBox: '-2 0 ' + (layout.width + 4) + ' ' + layout.height, width: layout.width + 4, height: layout.height });
    const dead = dies(d, state.column);
    for (const r of layout.regions) {
      svg.append(m.svg('rect', { class: 'region' + (r.outside ? ' outside' : ''), x: r.x, y: r.y, width: r.w, height: r.h, rx: 8 }), m.svg('text', { class: 'region-name', x: r.x + 10, y: r.y + 18 }, m.fit(r.name, r.w - 16, 7.4)));
    }
    let first = true;
    for (const c of layout.clusters) {
      svg.append(cluster(d, c, dead));
      for (const t of c.tiles) { svg.append(tile(d, t, c, dead.cluster(c), first)); first = false; }
    }
    svg.append(m.arcs(layout, edges(d)), failures(layout));
    svg.addEventListener('keydown', (e) => move(e, svg));
    canvas.replaceChildren(svg);
  }

  function cluster(d, c, dead) {
    const lost = dead.cluster(c), g = m.svg('g', { class: 'cluster' + (lost ? ' dead' : ''), 'data-cluster': c.name });
    g.append(m.svg('rect', { class: 'box', x: c.x, y: c.y, width: c.w, height: c.h, rx: 6 }));
    g.append(m.svg('text', { class: 'cluster-name', x: c.x + 10, y: c.y + 19 }, m.fit(c.outside ? 'no cluster' : c.name, c.w - (lost ? 70 : 20), 7.6)));
    if (lost) g.append(m.svg('text', { class: 'lost-mark', x: c.x + c.w - 10, y: c.y + 19 }, '✗ fails'));
    let x = c.x + 10;
    for (const zone of c.zones) {
      const gone = lost || dead.zone(c, zone), text = (gone && !lost ? '✗ ' : '') + m.fit(zone.startsWith(c.region) && c.region ? zone.slice(c.region.length) || zone : zone, 90, 6), w = text.length * 6.4 + 12;
      if (x + w > c.x + c.w - 6) break;
      g.append(m.svg('rect', { class: 'zone' + (gone ? ' dead' : ''), x, y: c.y + 29, width: w, height: 17, rx: 8 }), m.svg('text', { class: 'zone-name' + (gone ? ' dead' : ''), x: x + w / 2, y: c.y + 41 }, text, m.svg('title', {}, 'zone ' + zone)));
      x += w + 4;
    }
    for (const gw of d.gateways.filter((gw) => gw.cluster === c.name)) {
      const gone = lost || dead.gateway(gw), text = (gone && !lost ? '✗ ' : '') + '⬡ ' + (gw.role || 'gateway'), w = text.length * 6.2 + 12;
      if (x + w > c.x + c.w - 6) break;
      g.append(m.svg('rect', { class: 'gateway' + (gone ? ' dead' : ''), x, y: c.y + 29, width: w, height: 17, rx: 3 }), m.svg('text', { class: 'zone-name' + (gone ? ' dead' : ''), x: x + w / 2, y: c.y + 41 }, text, m.svg('title', {}, 'gateway ' + gw.id)));
      x += w + 4;
    }
    return g;
  }

  // tile is a service of a cluster, or a namespace where there are many.
  function tile(d, t, c, dead, first) {
    const many = t.services !== undefined, list = many ? t.services : [t.service];
    const worst = state.column < 0 ? '' : worstOf(list.map((s) => m.worst.of(s, state.column, state.flowFault)));
    const chosen = list.includes(state.service), near = state.service >= 0 && !chosen && related(d, state.service, list);
    const cls = 'tile' + (dead ? ' dead' : worst ? ' is-' + worst : '') + (chosen ? ' chosen' : '') + (near ? ' near' : '') + (state.service >= 0 && !chosen && !near ? ' aside' : '');
    const label = t.name + (many ? ', ' + m.count(list.length, 'service') : '') + ' in ' + (c.name || 'no cluster') + (dead ? ', fails' : worst ? ', ' + worst : '');
    const g = m.svg('g', { class: cls, 'data-service': many ? undefined : t.service, 'data-namespace': many ? t.namespace : undefined, 'data-in': c.name });
    const act = () => {
      if (!many) { m.set({ service: chosen ? -1 : t.service }); refocus(t.service, c.name); return; }
      m.filterBy({ namespace: t.namespace });
    };
    g.addEventListener('click', act);
    g.addEventListener('keydown', (e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); act(); } });
    const mark = state.column >= 0 ? (dead ? m.markOf('lost') : m.markOf(worst)) : '';
    g.append(m.svg('rect', { role: 'button', tabindex: first ? '0' : '-1', 'aria-label': label, 'aria-pressed': many ? undefined : String(chosen), x: t.x, y: t.y, width: t.w, height: t.h, rx: 4 }, m.svg('title', {}, label)));
    const y = many ? t.y + 15 : t.y + 16;
    if (t.h > 12) g.append(m.svg('text', { class: 'tile-name', 'aria-hidden': 'true', x: t.x + 7, y }, m.fit(many ? t.name : short(t.name), t.w - (mark ? 26 : 12), 7)));
    if (mark && t.w > 24 && t.h > 12) g.append(m.svg('text', { class: 'tile-mark', 'aria-hidden': 'true', x: t.x + t.w - 7, y }, mark));
    if (many && t.h > 30) g.append(m.svg('text', { class: 'tile-count', 'aria-hidden': 'true', x: t.x + 7, y: t.y + 29 }, t.w > 84 ? m.count(list.length, 'service') : String(list.length)));
    if (many && worst && !dead && t.h > 42 && t.w > 40) g.append(parts(d, t, list));
    return g;
  }

  // parts tells how many services of a namespace fare how, those that the failure does not touch left out.
  function parts(d, t, list) {
    const g = m.svg('g', { class: 'parts' }), counts = d3.rollup(list, (l) => l.length, (s) => m.worst.of(s, state.column, state.flowFault));
    const names = ['lost', 'degraded', 'unknown', 'survives'].filter((o) => counts.get(o)), x = d3.scaleLinear([0, d3.sum(names, (o) => counts.get(o))], [t.x + 7, t.x + t.w - 7]);
    let at = 0;
    for (const o of names) {
      g.append(m.svg('rect', { class: 'fill-' + o, x: x(at), y: t.y + t.h - 9, width: Math.max(1, x(at + counts.get(o)) - x(at)), height: 4 }));
      at += counts.get(o);
    }
    return g;
  }

  const short = (name) => name.includes('/') ? name.slice(name.lastIndexOf('/') + 1).split('.')[0] : name;
  const worstOf = (list) => list.reduce((a, b) => b && (!a || m.outcomes[b].rank > m.outcomes[a].rank) ? b : a, '');
  const related = (d, service, list) => d.dependencies.some((x) => {
    const a = d.byId.get(x.from), b = d.byId.get(x.to);
    return a && b && (a.index === service && list.includes(b.index) || b.index === service && list.includes(a.index));
  });

  function refocus(service, cluster) {
    for (const g of document.querySelectorAll('.tile[data-service="' + service + '"]')) if (g.dataset.in === cluster) { g.firstChild.setAttribute('tabindex', '0'); g.firstChild.focus(); }
  }

  // Arrow keys walk over the tiles.
  function move(e, svg) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (!step) return;
    const list = [...svg.querySelectorAll('.tile > rect')], at = list.indexOf(document.activeElement), next = list[at + step];
    if (at < 0 || !next) return;
    e.preventDefault();
    list[at].setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus();
  }

  function edges(d) {
    if (state.column < 0) {
      const list = m.tiersOf(state.service), most = d3.max(list, (e) => e.services.size) || 1, width = d3.scaleSqrt([0, most], [1.5, 7]);
      return list.map((e) => ({ from: e.from, to: e.to, width: width(e.services.size), level: e.tier, cls: 'tier-' + (e.tier + 1), text: state.service >= 0 ? ['1st', '2nd', '3rd'][e.tier] : '', title: m.ordinal(e.tier) + ' tier, ' + m.count(e.services.size, 'service') }));
    }
    const out = [], width = d3.scaleLinear([0, 1], [1.5, 10]);
    for (const src of m.flowsOf(state.column, state.flowFault, state.service)) {
      for (const t of src.to) {
        const share = t[state.moment];
        if (share <= 0.0001) continue;
        out.push({ from: src.cluster, to: t.cluster, width: width(share), cls: 'flow ' + (t.after > t.before + 0.0001 && state.moment === 'after' ? 'more' : ''), text: m.percent(share), title: (src.cluster || 'outside') + ' to ' + (t.cluster || 'outside') + ': ' + m.percent(share) });
      }
    }
    return out;
  }

  // failures says above a cluster which part of the requests of its callers fails.
  function failures(layout) {
    const g = m.svg('g', { 'aria-hidden': 'true' });
    if (state.column < 0 || state.moment === 'before') return g;
    for (const src of m.flowsOf(state.column, state.flowFault, state.service)) {
      const c = layout.clusters.find((x) => x.name === src.cluster);
      if (c && src.failing > 0.0001) g.append(m.svg('text', { class: 'fails-label', x: c.x + c.w / 2, y: layout.lane - 52 }, '✗ ' + m.percent(src.failing) + ' fail'));
    }
    return g;
  }

  // inWords is what the picture shows, for those who do not see it, and for all who want figures.
  function inWords(d) {
    const s = state.service >= 0 ? d.services[state.service] : null;
    if (state.column < 0) return configured(d, s);
    const c = d.columns[state.column], flows = m.flowsOf(state.column, state.flowFault, state.service), fault = d.faults[state.flowFault];
    const counts = d3.rollup(d.services.filter((x) => !s || x === s), (l) => l.length, (x) => m.worst.of(x.index, state.column, state.flowFault) || '');
    const lead = m.el('p', {}, m.el('strong', {}, 'If ' + (s ? m.failing(c) : named(c)) + ' (' + fault + '): '), ['lost', 'degraded', 'unknown', 'survives'].filter((o) => counts.get(o)).map((o) => [m.badge(o, s ? s.name + ' ' + (o === 'lost' ? 'is lost' : o) : m.count(counts.get(o), 'service') + ' ' + (o === 'survives' && counts.get(o) !== 1 ? 'survive' : o)), ' ']),
      flows.length === 0 && ' No listed prediction: this failure touches nothing here.');
    const rows = flows.flatMap((src) => [...src.to.map((t) => [src.cluster || 'outside', t.cluster || 'outside', m.percent(t.before), m.percent(t.after)]),
      ...(src.failing > 0 ? [[src.cluster || 'outside', '✗ fail', '–', m.percent(src.failing)]] : []), ...(src.unknown > 0 ? [[src.cluster || 'outside', '? unknown', '–', m.count(src.unknown, 'prediction')]] : [])]);
    return [lead, s && m.worst.of(s.index, state.column, state.flowFault) && m.el('p', {}, m.button('Open this cell of the matrix', () => m.openCell(s.index, state.column))),
      rows.length > 0 && m.el('details', { class: 'flow-table', open: Boolean(s) }, m.el('summary', {}, 'Flows in figures'), m.el('p', { class: 'dim' }, s ? 'Mean share of the requests over callers and ports.' : 'Mean share of the requests over all services, callers and ports that the failure touches.'),
        m.table('Flows between clusters', ['Callers in', 'Requests go to', 'Before', 'After'], rows))].filter(Boolean);
  }

  function configured(d, s) {
    const legend = m.el('ul', { class: 'legend' }, [0, 1, 2].map((n) => m.el('li', {}, m.svg('svg', { class: 'sample', width: 34, height: 10, 'aria-hidden': 'true' }, m.svg('path', { class: 'arc tier-' + (n + 1), d: 'M0 5H34', 'stroke-width': 3 })), ' ' + m.ordinal(n) + ' tier')));
    if (!s) return [m.el('p', {}, 'Arcs lead from callers in one cluster to the clusters that configuration lets them use; the thicker, the more services. Choose a service to see its own.'), legend];
    const needs = d.dependencies.filter((x) => x.from === s.id).map((x) => (d.byId.get(x.to) || {}).name || x.to), needed = d.dependencies.filter((x) => x.to === s.id).map((x) => (d.byId.get(x.from) || {}).name || x.from);
    const rows = d.failover.filter((f) => f.service === s.id).map((f) => [f.from || 'outside', ...[0, 1, 2].map((n) => (n < 2 ? f.tiers[n] || [] : f.tiers.slice(2).flat()).map((x) => x || 'outside').join(', ') || '–')]);
    return [m.el('p', {}, m.el('strong', {}, s.name), needs.length > 0 ? ' needs ' + needs.join(', ') + '.' : '', needed.length > 0 ? ' It is called by ' + needed.join(', ') + '.' : ''), legend,
      rows.length > 0 ? m.table('Order of clusters', ['Callers in', 'First tier', 'Second tier', 'Third and later'], rows) : m.el('p', { class: 'dim' }, 'No tiers are known: nobody in the inputs calls it, or the inputs do not decide.')];
  }
})(globalThis.muster);
