/** `npm run record:shapes -- CLONE`: takes the shapes of the templates' resource types anew out of a clone of https://github.com/Azure/bicep-types-az. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { StartError } from '../local/start-error.ts';
import { command } from '../local/terminal/command.ts';
import { allDeployed } from '../test/infra/modes.ts';
import { extractShapes } from '../test/infra/published-types.ts';
import { SHAPES_FILE } from '../test/infra/shapes.ts';

const HELP = `Takes the shapes of the templates' resource types again.

usage: npm run record:shapes -- CLONE

  CLONE  a folder with a clone of https://github.com/Azure/bicep-types-az`;

await command({ help: HELP, positionals: 1 }, async (_, [clone]) => {
  if (clone === undefined || !existsSync(join(clone, 'generated')))
    throw new StartError('name a folder with a clone of https://github.com/Azure/bicep-types-az (see --help)');
  const shapes = extractShapes(clone, await allDeployed());
  writeFileSync(SHAPES_FILE, await format(JSON.stringify(shapes), { parser: 'json', printWidth: 120 }));
  console.log(`${Object.keys(shapes).length} types written; "npm run test:infra" compares the templates with them.`);
});
