// The parts of the page beside the cells: the verdict, drift, predictions, people, evidence.
(function (m) {
  'use strict';

  m.verdictSection = (d) => {
    const v = m.verdict(d.verdict), c = d.coverage;
    const tile = (n, what) => m.el('li', { class: 'sum' }, m.el('strong', {}, n), ' ', m.el('span', {}, what));
    return m.section('verdict', 'Verdict', '',
      m.el('div', { class: 'banner is-' + v.tone }, m.el('span', { class: 'banner-mark', 'aria-hidden': 'true' }, v.mark), m.el('div', {},
        m.el('p', { class: 'banner-word' }, v.what), d.objective && m.el('p', {}, 'Objective: ' + d.objective))),
      m.bullets(d.reasons, 'reasons'),
      m.el('ul', { class: 'sums' }, tile(`${c.cells_probed} of ${c.cells_expected}`, c.cells_expected === 1 ? 'cell probed' : 'cells probed'), tile(String(d.tally.pass || 0), 'passed'), tile(String(d.tally.fail || 0), 'failed'),
        tile(String(d.tally.inconclusive || 0), 'inconclusive'), tile(String(d.driftTotal), 'drift found')),
      d.doubts.length > 0 && m.el('div', { class: 'notice' }, m.el('strong', {}, 'The drill is in doubt'), m.bullets(d.doubts)),
      d.next.length > 0 && [m.el('h3', {}, 'What to do next'), m.bullets(d.next)],
      m.el('h3', {}, 'The drill'),
      m.facts([['Run', d.run], ['When', d.when], ['Fault modes', c.faults_done.join(', ') + (c.faults_missing.length > 0 ? '; missing: ' + c.faults_missing.join(', ') : '')],
        ...d.digests]),
      d.promises.length > 0 && [m.el('h3', {}, 'What was promised'), m.facts(d.promises)],
      m.el('p', { class: 'lead proves' }, d.proves));
  };

  // driftSection is a table of all drift; what is of no one cell is told in full here, the rest with its cell.
  m.driftSection = (d) => {
    const whole = d.drift.filter((x) => !x.cell);
    return m.section('drift', 'Drift', 'Where reality differs from what was predicted, promised, or needed for a verdict. The worst first.',
      d.drift.length === 0 && m.el('p', { class: 'empty' }, 'None.'),
      d.drift.length > 0 && m.table('Drift', ['Class', 'Severity', 'What happened', 'Cell', 'Decided at'],
        d.drift.map((x) => [x.class + ' ' + x.title, m.tag(x.severity), x.message, x.cell || 'the drill as a whole', x.at ? m.el('code', { class: 'file' }, x.at) : '–'])),
      whole.length > 0 && [m.el('h3', {}, 'Of the drill as a whole'), m.el('ul', { class: 'drifts' }, whole.map((x) => m.driftCard(x)))]);
  };

  m.agreementSection = (d) => {
    const rows = d.statements.map((s) => [m.tag(s.standing), s.what, s.says, s.saw || '–', s.at ? m.el('code', { class: 'file' }, s.at) : '–']);
    return m.section('predictions', 'Predictions', 'What the drill says about each prediction, and each finding of the scan. A refuted one is a mistake of the model or of its inputs.',
      rows.length === 0 ? m.el('p', { class: 'empty' }, 'None were put to the test.') : m.table('Predictions', ['Standing', 'Prediction or finding', 'Says', 'Seen', 'Decided at'], rows));
  };

  m.peopleSection = (d) => m.section('people', 'People and follow-ups', '', m.facts(d.people),
    m.el('h3', {}, 'Follow-ups'), d.followups.length === 0 ? m.el('p', { class: 'empty' }, 'The plan has none.') : m.table('Follow-ups', ['What', 'Owner', 'Due', 'State'], d.followups));

  m.evidenceSection = (d) => m.section('evidence', 'Evidence', 'Every line of a record carries the hash of the line before. muster drill verify checks signature, digests and chains.',
    d.sources.length === 0 ? m.el('p', { class: 'empty' }, 'The report names no source.')
      : m.table('Sources', ['Source', 'Format', 'Lines', 'Complete', 'SHA-256'], d.sources.map((s) => [[s.Name, s.Broken && m.el('p', {}, m.el('strong', {}, 'Changed after it was written: '), s.Broken), s.Notes.map((n) => m.el('p', { class: 'dim' }, n))], s.Format, s.Lines > 0 ? s.Lines.toLocaleString('en-US') : '–',
        s.Complete ? 'yes' : m.el('strong', {}, 'no'), m.el('code', { class: 'digest' }, s.SHA256)])));
})(globalThis.muster);
