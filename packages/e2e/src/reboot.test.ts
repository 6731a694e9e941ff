import { testRestart } from './restarted-host.ts';

testRestart('cut from power');
