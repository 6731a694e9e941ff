// Which test runs the commands of each section of the documents.

/** A test of a section's commands: its file, and a text in it that shows that it runs them. */
export interface Proof {
  /** Relative to packages/. */
  readonly file: string;
  /** The section's heading unless set: then the test reads the section and types its commands. */
  readonly contains?: string;
}

const typed = (file: string): Proof => ({ file: `e2e/src/${file}` });
const same = (file: string, contains: string): Proof => ({ file, contains });

const host = typed('host-guide.drill.ts');
const controlMachine = typed('deploy-guide.drill.ts');
const clusterCare = typed('cluster-care.drill.ts');
const clusterKeys = typed('cluster-keys.drill.ts');
const tutorial = same(
  '../docs/tutorial/1-a-site-with-https.md',
  'h1# /opt/freehold/scripts/setup.sh h1.example.com',
);
const cloud = same('e2e/src/cloud-cluster.drill.ts', 'first-boot-values.sh');
const operator = same('e2e/src/acme.test.ts', '--operator');

/** For each page and heading, the proof. A test compares this with the pages in both directions. */
export const proofs: Readonly<Record<string, Readonly<Record<string, Proof>>>> = {
  'README.md': {
    'Quick start': tutorial,
    'Try it without a server': same('e2e/src/try.test.ts', 'scripts/try.sh'),
  },
  'docs/how-to/add-an-app.md': { '2. The units': same('e2e/src/setup.test.ts', "'verify'") },
  'docs/how-to/back-up-and-restore.md': {
    'From a control machine': controlMachine,
    Restore: controlMachine,
    'On the host itself': host,
  },
  'docs/how-to/boot-cluster-members.md': { 'The first member': cloud, 'Each other member': cloud },
  'docs/how-to/boot-with-cloud-config.md': {
    'Set up a host at its first boot': same('e2e/src/cloud.test.ts', '/var/log/cloud-init-output.log'),
  },
  'docs/how-to/change-all-keys.md': { 'A host that somebody else may control': clusterKeys },
  'docs/how-to/check-a-host.md': { 'Is all well?': host, 'Look closer': host },
  'docs/how-to/deploy-servers.md': { 'From a bare server to sites': controlMachine },
  'docs/how-to/forward-mail.md': {
    'Add and remove forwards': host,
    'Set up DNS': host,
    "Receive the postmaster's mail": host,
    'Watch the queue': host,
  },
  'docs/how-to/get-certificates.md': {
    'Get certificates automatically': operator,
    'Watch it': same('e2e/src/acme.test.ts', 'list-sites.sh'),
    'In a cluster': same('e2e/src/cluster-acme.drill.ts', '--operator'),
  },
  'docs/how-to/import-a-site.md': { 'What to hand over': host, 'Import it': host },
  'docs/how-to/import-a-wordpress.md': {
    'From another host of freehold': host,
    'From another provider': same('e2e/src/wordpress-refused.test.ts', 'add-site.sh'),
  },
  'docs/how-to/install-a-certificate.md': { 'The file': host, 'Install it': host },
  'docs/how-to/make-a-cluster.md': {
    'From a control machine': clusterKeys,
    'Step by step': same('e2e/src/cluster-hosts.ts', 'make-a-cluster.md'),
    'Without access to the private network': clusterCare,
  },
  'docs/how-to/manage-sites.md': { 'Add a site': host, 'Set its limits': host, 'Remove it': host },
  'docs/how-to/move-a-site.md': {
    'Move a site to another server': controlMachine,
    'Without a control machine': host,
  },
  'docs/how-to/publish-at-each-push.md': { 'Create the secret': host, 'Test it': host },
  'docs/how-to/publish-from-git.md': {
    'Add it': host,
    'A private repository over https': host,
    'A private repository over ssh': host,
  },
  'docs/how-to/recover-etcd.md': {
    'Backup and restore of etcd': clusterCare,
    'A lost majority': clusterCare,
    'Etcd is full': clusterCare,
  },
  'docs/how-to/remove-freehold.md': { 'Remove the programs': typed('deploy-removal.drill.ts') },
  'docs/how-to/replace-a-member.md': {
    'Take a host out, or put another in its place': same('e2e/src/cluster-manual.ts', 'section(outOrAnother'),
    "Bring back a host that has lost etcd's data": typed('cluster-manual.ts'),
  },
  'docs/how-to/run-a-cluster.md': {
    'Move a site to another member': same('e2e/src/deployed-members.drill.ts', './move-site.sh'),
    Certificates: clusterCare,
  },
  'docs/how-to/run-wordpress.md': {
    'Add one': same('e2e/src/wordpress.test.ts', 'login.txt'),
    'Dump the database': host,
    'Change the database password': host,
    'Look into the database': host,
    'Run background jobs': host,
  },
  'docs/how-to/set-up-a-host.md': {
    'Get a release': same('e2e/src/tutorial-machines.ts', 'scripts/release.sh'),
    'Set up': tutorial,
    'See the commands first': same('e2e/src/setup-print.drill.ts', '--print'),
    'The network of the sites': same('e2e/src/setup.test.ts', 'FREEHOLD_SITES_NETWORK'),
    'Check the isolation of sites': host,
  },
  'docs/how-to/upgrade-and-roll-back.md': {
    'From a control machine': controlMachine,
    // The same commands as in the tutorial, with a folder that is renamed before.
    'On the host itself': tutorial,
  },
  'docs/how-to/work-on-many-servers.md': { 'Every day': controlMachine },
  'docs/upgrade-notes.md': { Clusters: same('e2e/src/cluster-manual.ts', "'scripts/cluster/issue.sh'") },
};
