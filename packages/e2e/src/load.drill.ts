import { testOtherSites } from './other-sites.ts';

testOtherSites(50);
