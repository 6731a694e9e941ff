import { testStops } from './stops.ts';

testStops({ whileStarting: [0, 500, 1200], afterItsEnd: [0, 600] });
