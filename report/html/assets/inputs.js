// What the report rests on, and what was not audited.
(function (m) {
  'use strict';

  m.gaps = (inputs) => inputs.unreadable.length + inputs.missing.length + inputs.notEvaluated.length;

  m.inputsParts = (inputs) => {
    const at = (u) => u.file + (u.line ? ':' + u.line : '');
    const parts = [m.el('p', {}, m.count(inputs.resources, 'object') + ' in ' + m.count(inputs.documents, 'document') + ' of ' + m.count(inputs.files, 'file') + '.' +
      (inputs.ignored > 0 ? ' ' + m.count(inputs.ignored, 'document or file that is no manifest', 'documents or files that are no manifests') + ' passed over.' : ''))];
    const part = (title, lead, list, heads, row) => {
      if (list.length > 0) parts.push(m.el('h3', {}, title), m.el('p', { class: 'dim' }, lead), m.table(title, heads, list.map(row)));
    };
    part('Not read', 'These are missing from the audit: nothing in this report takes them into account.', inputs.unreadable, ['File', 'Why'], (u) => [m.el('code', {}, at(u)), u.message]);
    part('Not rendered', 'Objects of these charts and kustomizations are missing. What may depend on them is unknown in the matrix.', inputs.missing, ['Where', 'What', 'What to do'], (x) => [m.el('code', {}, m.place(x.position)), x.what, x.help || '–']);
    part('Policies not evaluated', 'Nothing is known of what these would have said.', inputs.notEvaluated, ['Policy', 'Where', 'Why'], (x) => [x.rule || 'unknown', m.el('code', {}, m.place(x.position)), x.message]);
    part('Not understood', 'These may have a say, and no prediction takes notice of them.', inputs.notUnderstood, ['Where', 'What', 'Kind'], (x) => [m.el('code', {}, m.place(x.position)), x.message, x.kind]);
    part('Skipped', 'These have no say in any prediction.', inputs.skipped, ['Kind', 'Why', 'How many', 'For example'], (x) => [x.kind || '–', x.reason, String(x.count), x.examples.join(', ')]);
    part('Rendered', 'Charts and kustomizations whose objects are part of the audit.', inputs.rendered, ['Directory', 'Kind', 'Cluster', 'Objects'], (x) => [m.el('code', {}, x.dir), x.kind, x.cluster || '–', String(x.objects)]);
    if (m.gaps(inputs) === 0) parts.splice(1, 0, m.el('p', {}, m.el('span', { class: 'mark', 'aria-hidden': 'true' }, '✓ '), 'Everything that was given was read' + (inputs.notUnderstood.length > 0 ? ', but not all of it was understood.' : '.')));
    return parts;
  };

  m.inputsSection = (d) => m.section('inputs', 'Inputs', '', m.inputsParts(d.inputs));
})(globalThis.muster);
