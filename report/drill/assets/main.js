// Puts the page of a drill together once its data is read.
(function (m) {
  'use strict';

  // Paper has no scrolling and folds nothing.
  function print(on) {
    for (const details of document.querySelectorAll('details')) {
      if (on && !details.open) { details.open = true; details.dataset.unfolded = 'true'; if (details.fill) details.fill(); }
      if (!on && details.dataset.unfolded) { details.open = false; delete details.dataset.unfolded; }
    }
  }

  // bucket gives the numbers of a row their names.
  const bucket = ([at_ms, length_ms, good, bad, unknown, p50_ms, p99_ms, ...places]) => ({ at_ms, length_ms, good, bad, unknown, p50_ms, p99_ms, places });

  async function start() {
    try {
      const d = await m.read();
      for (const cell of d.cells) cell.chart.buckets = cell.chart.buckets.map(bucket);
      m.id('loading').remove();
      const hasPlan = d.people.length + d.followups.length > 0;
      m.header('drill', d.name, [['verdict', 'Verdict'], ['cells', 'Cells'], ['drift', 'Drift'], ['predictions', 'Predictions'], ...(hasPlan ? [['people', 'People']] : []), ['evidence', 'Evidence']]);
      const cells = m.cellsSection(d);
      m.id('main').append(m.verdictSection(d), cells, m.driftSection(d), m.agreementSection(d));
      if (hasPlan) m.id('main').append(m.peopleSection(d));
      m.id('main').append(m.evidenceSection(d));
      if (cells.drawn) cells.drawn();
      m.id('foot').append(m.el('p', {}, 'Written by muster ' + d.tool + '. This page holds all of its data and makes no requests.'));
      addEventListener('beforeprint', () => print(true));
      addEventListener('afterprint', () => print(false));
      matchMedia('print').addEventListener('change', (e) => print(e.matches));
      document.documentElement.dataset.ready = 'true';
    } catch (e) {
      m.id('main').append(m.el('p', { class: 'notice', role: 'alert' }, 'The report cannot be shown: ' + e.message));
      throw e;
    }
  }
  start();
})(globalThis.muster);
