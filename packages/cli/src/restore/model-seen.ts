// What a restore sees of the model of a host, for tests.
import type { BackedUpSite } from './backup-contents.ts';
import { type HostSeen, hostFiles } from './host-settings.ts';
import { backup, type ModelHost, settingsOf, siteOf } from './model-host.ts';
import type { SiteSeen } from './site.ts';

export function siteSeen(host: ModelHost, { name, app }: BackedUpSite): SiteSeen {
  const site = siteOf(host, name);
  return {
    app,
    ...{ isInBackup: true, isUndumped: false, wasDumped: app === 'wordpress' },
    settings: app === 'static' ? settingsOf(name) : new Map(),
    isBegun: site.isBegun,
    hasData: site.data !== undefined,
    hasUpload: site.upload !== undefined,
    appHere: site.enabled ?? site.running,
    settingsHere: new Map(site.settings),
    isMoving: site.isMoving,
    elsewhere: host.isEtcdAway ? undefined : (host.elsewhere.get(name) ?? []),
  };
}

const certificateAccount = 'acme-account.pem';

export function hostSeen(host: ModelHost): HostSeen {
  return {
    files: hostFiles('h1.test').map((file) => ({
      file,
      backedUp: file.from === certificateAccount ? 'account' : undefined,
      here: host.files.get(file.to),
    })),
    secrets: { backedUp: backup.secrets, here: host.secrets },
    isRestartDue: host.isRestartDue,
    environment: { backedUp: backup.environment, here: host.environment },
  };
}
