// A browser's side of Web Push by other people's code: makes subscriptions, opens what a push service was sent, and verifies who sent it.
// One request a line on stdin, one answer a line on stdout.
import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [clients] = process.argv.slice(2);
const ece = createRequire(`${clients}/package.json`)('http_ece');
const browsers = new Map();

const operations = {
  subscribe({ name }) {
    const keys = createECDH('prime256v1');
    keys.generateKeys();
    const auth = randomBytes(16).toString('base64url');
    browsers.set(name, { keys, auth });
    return { p256dh: keys.getPublicKey('base64url'), auth };
  },

  open({ name, body, authorization }) {
    const { keys, auth } = browsers.get(name);
    const content = ece.decrypt(Buffer.from(body, 'base64'), { version: 'aes128gcm', privateKey: keys, authSecret: auth });
    return { content: content.toString('utf8'), ...verified(authorization) };
  },
};

function verified(authorization) {
  const [, token, key] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization);
  const point = Buffer.from(key, 'base64url');
  const coordinate = (start) => point.subarray(start, start + 32).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) }, format: 'jwk' });
  const [header, claims, signature] = token.split('.');
  const json = (part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  const isSigned = verify('sha256', Buffer.from(`${header}.${claims}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  return { key, header: json(header), claims: json(claims), isSigned };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = operations[operation](request);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
