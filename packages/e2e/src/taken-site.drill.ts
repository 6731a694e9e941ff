import { testTake } from './taken-site.ts';

testTake('/root');
