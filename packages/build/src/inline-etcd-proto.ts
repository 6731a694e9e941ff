// etcd3 reads proto/rpc.proto from disk when it is loaded, and with it protobuf's parser: a bundle
// has no such file. The definition is parsed here instead and put into the bundle as JSON.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import protobuf from 'protobufjs';

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is etcd3's own text
const anchor = '(0, proto_loader_1.loadSync)(`${__dirname}/../proto/rpc.proto`, {';

/** Replaces etcd3's reading of its proto file; fails the build where etcd3 no longer does that. */
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
