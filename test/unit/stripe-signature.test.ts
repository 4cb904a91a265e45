import fc from 'fast-check';
import Stripe from 'stripe';

import { checkSignature, type SignatureCheck } from '../../nodes/Stripe/signature';

const SECRET = ['whsec', 'm3terTestVector0000000000000001'].join('_');
const T = 1_767_225_600;
const V1 = 'c76ac80122bffc3ac98b2e58df8a962aaf2b3ae10da9c6b8b8ada7e47e9ba8c3';
const BODY =
	'{"id":"evt_m3t_0001","object":"event","api_version":"2026-10-28.endive","created":1767225600,"type":"customer.subscription.created","livemode":false,"data":{"object":{"id":"sub_m3t_0001","object":"subscription","customer":"cus_m3t_0001","note":"Zażółć €"}}}';
const OTHER = '0'.repeat(64);

const { webhooks } = new Stripe(['sk', 'test', 'nobody'].join('_'));

const ours = (header: string | undefined, body = BODY, now = T) => checkSignature(header, Buffer.from(body), SECRET, now);

/** What the official SDK says about the same delivery, received at `now`. */
function official(header: string, body: string, now: number): boolean {
	try {
		return webhooks.constructEvent(body, header, SECRET, 300, undefined, now * 1000).id !== '';
	} catch (error) {
		expect(error).toBeInstanceOf(Stripe.errors.StripeSignatureVerificationError);
		return false;
	}
}

test('the test vector is 263 bytes long and valid', () => {
	expect(Buffer.byteLength(BODY)).toBe(263);
	expect(ours(`t=${T},v1=${V1}`)).toBe('valid');
});

describe('every variant is judged as the SDK judges it', () => {
	const cases: Array<[string, string, number, SignatureCheck]> = [
		['fresh', `t=${T},v1=${V1}`, T, 'valid'],
		['300 seconds old', `t=${T},v1=${V1}`, T + 300, 'valid'],
		['301 seconds old', `t=${T},v1=${V1}`, T + 301, 'too old'],
		['from the future', `t=${T},v1=${V1}`, T - 3600, 'valid'],
		['the good v1 first', `t=${T},v1=${V1},v1=${OTHER}`, T, 'valid'],
		['the good v1 second, as while a secret is rolled', `t=${T},v1=${OTHER},v1=${V1}`, T, 'valid'],
		['a v0 beside it', `t=${T},v1=${V1},v0=${OTHER}`, T, 'valid'],
		['only a v0', `t=${T},v0=${V1}`, T, 'missing'],
		['a blank after the comma', `t=${T}, v1=${V1}`, T, 'missing'],
		['upper-case hex', `t=${T},v1=${V1.toUpperCase()}`, T, 'mismatch'],
		['half a signature', `t=${T},v1=${V1.slice(0, 32)}`, T, 'mismatch'],
		['no time', `v1=${V1}`, T, 'missing'],
		['another time', `t=${T + 1},v1=${V1}`, T, 'mismatch'],
		['another signature', `t=${T},v1=${OTHER}`, T, 'mismatch'],
		['an empty header', '', T, 'missing'],
		['no header syntax', 'nonsense', T, 'missing'],
	];
	test.each(cases)('%s', (_name, header, now, expected) => {
		expect(ours(header, BODY, now)).toBe(expected);
		expect(official(header, BODY, now)).toBe(expected === 'valid');
	});

	test('no header at all', () => expect(ours(undefined)).toBe('missing'));

	test.each([`t=,v1=${V1}`, `t=x,v1=${V1}`, `t=-1,v1=${V1}`, `t=1e99,v1=${V1}`, `t=${T},v1=`])('an unreadable part: %s', (header) => expect(ours(header)).not.toBe('valid'));
});

describe('the raw bytes count', () => {
	test('the same JSON written differently is refused', () => {
		const again = JSON.stringify(JSON.parse(BODY), null, 2);
		expect(ours(`t=${T},v1=${V1}`, again)).toBe('mismatch');
		expect(ours(`t=${T},v1=${V1}`, `${BODY}\n`)).toBe('mismatch');
	});

	test('any delivery the SDK signs is valid here, and not with one character changed', () => {
		const times = fc.integer({ min: T - 1000, max: T + 1000 });
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), times, (payload, timestamp) => {
				const header = webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp });
				expect(ours(header, payload, T)).toBe(T - timestamp > 300 ? 'too old' : 'valid');
				expect(ours(header, `${payload} `, T)).toBe('mismatch');
			}),
		);
	});

	test('another secret is refused, and one without its prefix', () => {
		const header = `t=${T},v1=${V1}`;
		for (const secret of [`${SECRET}x`, SECRET.replace('whsec_', ''), '']) expect(checkSignature(header, Buffer.from(BODY), secret, T)).toBe('mismatch');
	});
});
