// Writes the reference page of the units: npm run documents --workspace packages/testing
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run/test-files.ts';
import { renderUnitsPage, unitsPage } from './units-page.ts';

writeFileSync(join(root, unitsPage), renderUnitsPage());
