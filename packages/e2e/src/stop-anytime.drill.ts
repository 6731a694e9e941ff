import { testStops } from './stops.ts';

testStops({ whileStarting: [100, 300, 700, 900, 1600], afterItsEnd: [200, 400, 1000] });
