import { after, before } from 'node:test';
import { handlers, redirects, testHandlers, testRedirects } from './wordpress-htaccess.ts';
import { removeWordpress, startWordpress } from './wordpress-sites.ts';

const site = 'htaccess-blog.test';

before(() => startWordpress(site));
after(() => removeWordpress(site));

testHandlers(site, handlers);
testRedirects(site, redirects);
