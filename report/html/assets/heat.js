// The survival matrix as a heat map: which rows and columns the filters leave, and what stands in each cell.
(function (m) {
  'use strict';
  const state = m.state;

  // Kinds of failure with many columns each are folded away at first.
  const mostColumns = 24;

  m.matrixSection = (d) => {
    const present = [...new Set(d.order.map((c) => d.columns[c].kind))];
    state.kinds = new Set(present.filter((k) => d.columns.filter((c) => c.kind === k).length <= mostColumns));
    if (state.kinds.size === 0 && present.length > 0) state.kinds.add(present[0]);
    const namespaces = [...new Set(d.services.map((s) => s.namespace))].sort();
    const meshes = [...new Set(d.services.map((s) => s.mesh))].sort();
    const regions = [...new Set(d.clusters.map((c) => c.region).filter(Boolean))].sort();
    const any = (list) => [['', 'all'], ...list.map((x) => [x, x])];
    const controls = m.el('form', { class: 'controls', 'aria-label': 'Filters of the matrix', onsubmit: (e) => e.preventDefault() },
      m.search('Find', 'matrix-text', 'service, namespace, host', (v) => m.set({ text: v.trim().toLowerCase() })),
      m.select('Fault', 'matrix-fault', [[-1, 'the worst of all'], ...d.faults.map((f, i) => [i, f])], -1, (v) => m.set({ fault: Number(v) })),
      m.select('Outcome', 'matrix-outcome', [['', 'all'], ['lost', '✗ lost'], ['degraded', '~ degraded'], ['unknown', '? unknown'], ['survives', '✓ survives']], '', (v) => m.set({ outcome: v })),
      namespaces.length > 1 && m.select('Namespace', 'matrix-namespace', any(namespaces), '', (v) => m.set({ namespace: v })),
      regions.length > 1 && m.select('Region', 'matrix-region', any(regions), '', (v) => m.set({ region: v })),
      meshes.length > 1 && m.select('Mesh', 'matrix-mesh', any(meshes), '', (v) => m.set({ mesh: v })),
      m.select('Order', 'matrix-sort', [['worst', 'the worst first'], ['name', 'by name']], state.sort, (v) => m.set({ sort: v })),
      m.el('fieldset', { class: 'control wide' }, m.el('legend', {}, 'Failures'), m.el('div', { class: 'chips' }, present.map((k) =>
        m.check('kind-' + k, m.kindNames[k] + ' ' + d.columns.filter((c) => c.kind === k).length, state.kinds.has(k), (on) => {
          const kinds = new Set(state.kinds);
          if (on) kinds.add(k); else kinds.delete(k);
          m.set({ kinds });
        }, m.kindHelp[k])),
      m.check('apart', 'each fault apart', false, (on) => m.set({ apart: on }), 'a mark for each fault in place of the worst'))));
    const summary = m.el('p', { class: 'dim', id: 'matrix-count' });
    const grid = new m.Grid({ label: 'Survival matrix: services and failures', corner: 'Service' });
    const legend = m.el('ul', { class: 'legend' }, Object.keys(m.outcomes).map((o) => m.el('li', {}, m.badge(o))), m.el('li', {}, m.badge('', 'not touched')),
      m.el('li', {}, m.el('span', { class: 'cell is-none found sample-cell', 'aria-hidden': 'true' }), ' a finding names it'));
    const draw = () => {
      const model = modelOf(d);
      grid.show(model);
      summary.textContent = m.count(model.rows.length, 'service') + ' of ' + d.services.length + ', ' + m.count(model.columns.length, 'failure') +
        '. Each cell is the worst over ports and callers' + (state.fault < 0 ? ' and faults.' : ' under ' + d.faults[state.fault] + '.');
    };
    m.on(['text', 'fault', 'outcome', 'namespace', 'region', 'mesh', 'sort', 'kinds', 'apart'], () => { draw(); m.tell(summary.textContent); });
    m.on(['open'], () => grid.mark(state.open));
    m.grid = grid;
    const left = d.left.cells > 0 || d.left.traces > 0;
    const section = m.section('matrix', 'Survival matrix', 'What survives which failure. Choose a cell to see callers, destinations, encryption, capacity, recovery and why. Arrow keys move, Enter opens, Escape closes.',
      left && m.el('p', { class: 'notice' }, 'The fleet is large: ', d.left.cells > 0 && m.count(d.left.cells, 'cell') + ' that the map counts are not listed one by one. ',
        d.left.traces > 0 && m.count(d.left.traces, 'cell') + ' come without the steps of their prediction. ', 'muster explain tells all of one.'),
      controls, summary, grid.node, legend);
    draw();
    return section;
  };

  // rowsOf are the services that the filters leave.
  function rowsOf(d, columns) {
    const inRegion = (s) => s.clusters.some((c) => d.regionOf.get(c) === state.region);
    const rows = [];
    for (const s of d.services) {
      if (m.worst.spots[s.index].size === 0) continue;
      if (state.mesh && s.mesh !== state.mesh || state.namespace && s.namespace !== state.namespace || state.region && !inRegion(s)) continue;
      if (state.text && !(s.name + ' ' + s.id + ' ' + s.hosts.join(' ')).toLowerCase().includes(state.text)) continue;
      const score = [0, 0, 0, 0, 0];
      let found = !state.outcome;
      for (const c of columns) {
        const o = m.worst.of(s.index, c, state.fault);
        if (o === state.outcome) found = true;
        if (o) score[m.outcomes[o].rank]++;
      }
      if (found) rows.push({ service: s.index, name: s.name, score });
    }
    const byName = (a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
    if (state.sort === 'name') return rows.sort(byName);
    return rows.sort((a, b) => b.score[4] - a.score[4] || b.score[3] - a.score[3] || b.score[2] - a.score[2] || byName(a, b));
  }

  // labelOf is what stands above a column; its group tells the kind.
  function labelOf(c) {
    const parts = c.label.split('/');
    if (c.kind === 'zone') return parts[parts.length - 1];
    if (c.kind === 'gateway') return parts[parts.length - 1] + (parts.length > 1 ? ' ' + parts[0] : '');
    return c.label;
  }

  function modelOf(d) {
    const columns = d.order.filter((c) => state.kinds.has(d.columns[c].kind));
    const rows = rowsOf(d, columns);
    return {
      columns: columns.map((c) => ({ group: m.kindNames[d.columns[c].kind], label: labelOf(d.columns[c]), title: m.columnName(d.columns[c]), key: c })),
      rows: rows.map((r) => ({ name: r.name, key: r.service })),
      wide: state.apart && state.fault < 0,
      cell: (row, column) => cellOf(d, row.key, column),
      open: (row, column) => m.set({ open: { service: row.key, column: column.key } }),
      openRow: (row) => { m.set({ service: row.key }); m.goTo('topology'); },
      openColumn: (column) => { m.set({ column: column.key, flowFault: Math.max(0, state.fault) }); m.goTo('topology'); },
    };
  }

  // findingsAt are the places that findings name which nobody accepted.
  let places = null;
  function findingsAt(d) {
    if (places) return places;
    places = new Set();
    for (const f of d.findings) if (!f.suppressed) for (let i = 0; i < f.spots.length; i += 3) places.add(f.spots[i] + ' ' + f.spots[i + 1]);
    return places;
  }

  function cellOf(d, service, column) {
    const outcome = m.worst.of(service, column.key, state.fault);
    const name = d.services[service].name + ', ' + column.title + ': ';
    if (!outcome) return { cls: 'none', mark: m.untouched.mark, label: name + 'not touched', empty: true };
    const found = findingsAt(d).has(service + ' ' + column.key), also = found ? ', a finding names it' : '';
    const faded = state.outcome && outcome !== state.outcome;
    if (!state.apart || state.fault >= 0) return { cls: outcome + (faded ? ' faded' : '') + (found ? ' found' : ''), mark: m.markOf(outcome), label: name + outcome + also };
    const each = d.faults.map((f, i) => m.worst.of(service, column.key, i));
    return {
      cls: outcome + (faded ? ' faded' : '') + (found ? ' found' : ''), marks: each.map((o) => [o || 'none', m.markOf(o)]),
      label: name + d.faults.map((f, i) => f + ' ' + (each[i] || 'not touched')).join(', ') + also,
    };
  }

  // openCell shows a cell of the map wherever it is, and leaves filters that hide it.
  m.openCell = (service, column) => {
    const kinds = new Set(state.kinds);
    kinds.add(m.data.columns[column].kind);
    m.set({ kinds });
    m.set({ open: { service, column } });
    m.grid.reveal(service, column);
  };
})(globalThis.muster);
