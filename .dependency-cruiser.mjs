/**
 * Folders are layers: each imports only what stands below it, and nothing imports in a circle. Types count like values.
 * `npm run layers` checks it; a lower row stands lower, and entries of one row do not know each other.
 */
const LAYERS = {
  src: [
    ['index.ts'],
    ['timers', 'http'],
    ['services.ts'],
    ['pages', 'activities'],
    ['orchestrations', 'hub', 'clients'],
    ['contracts', 'log.ts', 'settings.ts'],
    ['lab'],
    ['drift', 'trace-context.ts'],
  ],
  'src/activities': [
    ['create-activities.ts'],
    ['completions', 'plan', 'teardown', 'watch'],
    ['provisioning'],
    ['deps.ts', 'outcome-of-error.ts'],
  ],
  'src/pages': [
    ['dashboard', 'compare-page.ts', 'problem-page.ts'],
    ['report'],
    ['charts'],
    ['frame'],
    ['style', 'words'],
  ],
  local: [
    ['main.ts', 'demo.ts', 'cloud-main.ts', 'host/main.ts'],
    ['rig.ts'],
    ['extension'],
    ['host', 'lab-settings.ts'],
    ['cloud'],
    ['terminal', 'python', 'data-folder.ts'],
    ['clock.ts', 'project.ts', 'start-error.ts'],
  ],
  'local/cloud': [
    ['cloud.ts'],
    ['hosts.ts', 'inventory.ts', 'bystanders.ts'],
    ['notebook'],
    ['mlflow'],
    ['databricks', 'openai'],
    ['arm'],
    ['core'],
    ['landscape.ts'],
    ['latencies.ts', 'catalogue.ts'],
  ],
  scripts: [['[^/]+.ts'], ['azd', 'docs-api', 'package', '[^/]+.js', '[^/]+.d.ts']],
};

const pathOf = (folder, entries) => `^${folder}/(${entries.map((entry) => entry.replace('.', '\\.')).join('|')})(/|$)`;

/** A file that has a place of its own is not bound by its folder's. */
const within = (folder, entry, entries) => {
  const own = entries.filter((other) => other.startsWith(`${entry}/`));
  return own.length === 0 ? {} : { pathNot: pathOf(folder, own) };
};

/** For each entry: everything above it, and its neighbours in the same row. */
const layerRules = Object.entries(LAYERS).flatMap(([folder, rows]) =>
  rows.flatMap((row, index) =>
    row.flatMap((entry) => {
      const above = [...rows.slice(0, index).flat(), ...row.filter((other) => other !== entry)];
      if (above.length === 0) return [];
      return [
        {
          name: `${folder}/${entry}`,
          comment: 'Move what both need into the lower of the two, or below both.',
          severity: 'error',
          from: { path: pathOf(folder, [entry]), ...within(folder, entry, rows.flat()) },
          to: { path: pathOf(folder, above) },
        },
      ];
    }),
  ),
);

/** A file or folder that no layer names would escape every rule. */
const strangerRules = Object.entries(LAYERS).map(([folder, rows]) => ({
  name: `${folder}-has-layers`,
  comment: 'Give it a place among the layers of .dependency-cruiser.mjs.',
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: pathOf(folder, rows.flat()) },
  to: { path: '^(src|local|scripts)/' },
}));

export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'src-is-alone',
      comment: 'The app never knows that it is local.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(local|test|scripts|bench)/' },
    },
    ...layerRules,
    ...strangerRules,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'node_modules' },
  },
};
