import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonIn } from './program-container.ts';

test("the reason of a failed rehearsal is acme's last sentence, or docker's", () => {
  assert.equal(reasonIn('<6>Looking.\n<3>The CA refused example.com.\n'), 'The CA refused example.com.');
  const ofDocker =
    "docker: Error response from daemon: no such image.\n\nRun 'docker run --help' for more information\n";
  assert.equal(reasonIn(ofDocker), 'docker: Error response from daemon: no such image.');
  assert.equal(reasonIn('\n'), undefined);
});
