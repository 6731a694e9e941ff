/** The network of sites is one Linux bridge, which has this many ports (BR_MAX_PORTS of the kernel): one for each running site. */
export const bridgePorts = 1023;

/** So few are left that it is time to report it. */
export function isNearlyFull(used: number): boolean {
  return used >= bridgePorts - 73;
}
