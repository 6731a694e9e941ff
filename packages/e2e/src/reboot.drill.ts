import { testRestart } from './restarted-host.ts';

testRestart('shut down');
