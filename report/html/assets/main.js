// Puts the page together once its data is read.
(function (m) {
  'use strict';

  // goTo brings a part of the page into sight and moves the focus there.
  m.goTo = (id) => {
    const title = m.id(id + '-title');
    title.scrollIntoView({ block: 'start' });
    title.focus({ preventScroll: true });
  };

  // filterBy shows what these filters of the matrix leave, and no others.
  m.filterBy = (change) => {
    const all = { text: '', outcome: '', namespace: '', region: '', mesh: '', ...change };
    for (const [name, value] of Object.entries(all)) {
      const control = document.querySelector('[name="matrix-' + name + '"]');
      if (control) control.value = value;
    }
    m.set(all);
    m.goTo('matrix');
  };

  function reportPage(d) {
    const failing = d.columns.length > 0;
    m.header('report', m.count(d.services.length, 'service') + ' in ' + m.count(d.clusters.length, 'cluster'),
      [['overview', 'Overview'], ['topology', 'Topology'], ...(failing ? [['matrix', 'Matrix']] : []), ['findings', 'Findings'], ['inputs', 'Inputs']]);
    const main = m.id('main');
    main.append(m.overview(d), m.topologySection(d));
    if (failing) main.append(m.matrixSection(d));
    else main.append(m.section('matrix', 'Survival matrix', '', m.el('p', { class: 'empty' }, 'No predictions: no failure touches anything, or no service has an objective or intent.')));
    main.append(m.findingsSection(d), m.inputsSection(d));
    m.initPanel(m.renderSpot);
  }

  // Paper has no scrolling: everything that is drawn in part is drawn in full.
  function print(on) {
    if (m.printing === on) return;
    m.printing = on;
    if (m.grid) m.grid.print(on);
    if (m.drawFindings) m.drawFindings();
    for (const details of document.querySelectorAll('details')) {
      if (on && !details.open) { details.open = true; details.dataset.unfolded = 'true'; if (details.fill) details.fill(); }
      if (!on && details.dataset.unfolded) { details.open = false; delete details.dataset.unfolded; }
    }
  }

  async function start() {
    try {
      const d = await m.load();
      m.id('loading').remove();
      if (d.kind === 'diff') m.diffPage(d);
      else reportPage(d);
      m.footer(d.tool);
      addEventListener('beforeprint', () => print(true));
      addEventListener('afterprint', () => print(false));
      matchMedia('print').addEventListener('change', (e) => print(e.matches));
      document.documentElement.dataset.ready = 'true';
      performance.mark('muster-ready');
    } catch (e) {
      m.id('main').append(m.el('p', { class: 'notice', role: 'alert' }, 'The report cannot be shown: ' + e.message));
      throw e;
    }
  }
  start();
})(globalThis.muster);
