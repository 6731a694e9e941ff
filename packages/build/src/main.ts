#!/usr/bin/env node
// Bundles the program of the package in the current folder: src/main.ts → dist/NAME.mjs.
import { readFile } from 'node:fs/promises';
import { bundle } from './bundle.ts';

const { name } = JSON.parse(await readFile('package.json', 'utf8')) as { name: string };
const program = name.replace(/^@freehold\//, '');
await bundle({ entry: 'src/main.ts', outfile: `dist/${program}.mjs` });
