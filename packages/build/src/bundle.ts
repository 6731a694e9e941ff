import { build } from 'esbuild';
import { inlineApps } from './inline-apps.ts';
import { inlineEtcdProto } from './inline-etcd-proto.ts';

// CommonJS packages inside an ES module bundle call `require` for Node's own modules.
const banner = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`;

/**
 * Bundles one program and all its imports into one minified ES module. Function names stay readable in stack
 * traces.
 */
export async function bundle(options: { entry: string; outfile: string }): Promise<void> {
  await build({
    entryPoints: [options.entry],
    outfile: options.outfile,
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'esm',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    banner: { js: banner },
    plugins: [inlineApps, inlineEtcdProto],
    logLevel: 'warning',
  });
}
