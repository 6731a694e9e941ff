// etcd3 reads proto/rpc.proto from disk at load time and parses it with protobufjs. A bundle
// has no such file, so it is parsed here and put into the bundle as JSON.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import protobuf from 'protobufjs';

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is etcd3's own source text
const anchor = '(0, proto_loader_1.loadSync)(`${__dirname}/../proto/rpc.proto`, {';

/**
 * Replaces the code in etcd3 that reads its proto file. Fails the build if etcd3 no longer contains that
 * code.
 */
export const inlineEtcdProto: Plugin = {
  name: 'inline-etcd-proto',
  setup(build) {
    build.onLoad({ filter: /etcd3[\\/]lib[\\/]connection-pool\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!source.includes(anchor)) {
        throw new Error(`${path} does not read its proto file as expected; see ${import.meta.filename}`);
      }
      const root = await new protobuf.Root().load(join(dirname(path), '../proto/rpc.proto'), {
        keepCase: true,
      });
      const json = JSON.stringify(root.toJSON());
      return {
        contents: source.replace(anchor, `(0, proto_loader_1.fromJSON)(${json}, {`),
        loader: 'js',
      };
    });
  },
};
