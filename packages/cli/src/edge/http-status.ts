// What a web server answers.
export interface Question {
  readonly domain: string;
  readonly ip: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The status of the front page, three digits; '000' if nothing answers within 5 s. No certificate is checked. */
export function httpStatus({ domain, ip, port, isSecure, headers = {} }: Question): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const options = {
    host: ip,
    port,
    path: '/',
    headers: { Host: domain, ...headers },
    timeout: 5000,
    agent: false,
  };
  const secure = { ...options, servername: domain, rejectUnauthorized: false };
  // Not imported: see docker.ts.
  const call = isSecure
    ? process.getBuiltinModule('node:https').request(secure)
    : process.getBuiltinModule('node:http').request(options);
  const over = setTimeout(() => call.destroy(new Error('no answer')), 5000);
  call.on('response', (answer) => {
    resolve(String(answer.statusCode ?? '000'));
    call.destroy();
  });
  call
    .on('error', () => resolve('000'))
    .on('timeout', () => call.destroy())
    .on('close', () => {
      clearTimeout(over);
      resolve('000');
    });
  call.end();
  return promise;
}
