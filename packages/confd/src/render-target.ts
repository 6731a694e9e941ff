import type { Address } from '@freehold/core/service-record';

/** An address as haproxy.cfg has it. A server without one stays listed as disabled, so that it can get one without a reload. */
export function target(address: Address | undefined): string {
  if (!address) return '127.0.0.1:1';
  return `${address.ip.includes(':') ? `[${address.ip}]` : address.ip}:${address.port}`;
}
