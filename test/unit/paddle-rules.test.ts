import fc from 'fast-check';
import type { INodeProperties } from 'n8n-workflow';

import { explainPaddle } from '../../nodes/Paddle/api';
import { paddleDecimals } from '../../nodes/Paddle/currency';
import { paddleProperties } from '../../nodes/Paddle/description';
import { oneAtATime } from '../../nodes/Paddle/oneAtATime';
import { checkSignature } from '../../nodes/Paddle/signature';
import { positiveDifferences } from '../../nodes/shared/differences';
import { hmacSha256 } from '../../nodes/shared/signature';

describe('positiveDifferences', () => {
	const line = (key: string, amount: number) => ({ key, amount });

	test('takes what went down off what went up, the largest first', () => {
		const charged = new Map([['a', { amount: 100 }], ['b', { amount: 50 }], ['gone', { amount: 30 }]]);
		const wanted = [line('a', 80), line('b', 60), line('new', 100)];
		expect(positiveDifferences(wanted, charged)).toEqual({ lines: [{ line: line('new', 100), amount: 50 }, { line: line('b', 60), amount: 10 }], left: 0 });
		expect(positiveDifferences([line('a', 10)], charged)).toEqual({ lines: [], left: 170 });
	});

	test('what is charged, what is to be charged and what is left come to the wanted amount', () => {
		const amounts = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 1000 }));
		fc.assert(
			fc.property(amounts, amounts, (wanted, charged) => {
				const lines = Object.entries(wanted).map(([key, amount]) => line(key, amount));
				const before = new Map(Object.entries(charged).map(([key, amount]) => [key, { amount }]));
				const { lines: upwards, left } = positiveDifferences(lines, before);
				const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
				expect(sum(Object.values(charged)) + sum(upwards.map(({ amount }) => amount)) - left).toBe(sum(Object.values(wanted)));
				expect(upwards.every(({ amount }) => amount > 0) && left >= 0).toBe(true);
				expect(upwards.length === 0 || left === 0).toBe(true);
			}),
		);
	});
});

describe('oneAtATime', () => {
	test('keeps works of one key apart, also after one failed, and lets others go on', async () => {
		const seen: string[] = [];
		let finish: () => void = () => undefined;
		const slow = oneAtATime('a', async () => {
			seen.push('a1 starts');
			await new Promise<void>((resolve) => (finish = resolve));
			seen.push('a1 ends');
			throw new Error('a1 failed');
		});
		const next = oneAtATime('a', async () => await Promise.resolve(seen.push('a2')));
		await oneAtATime('b', async () => await Promise.resolve(seen.push('b')));
		finish();
		await expect(slow).rejects.toThrow('a1 failed');
		await next;
		expect(seen).toEqual(['a1 starts', 'b', 'a1 ends', 'a2']);
	});
});

describe('checkSignature', () => {
	const body = Buffer.from('{"event_id":"evt_1"}');
	const sign = (key: string, ts = 1000) => hmacSha256(key, Buffer.concat([Buffer.from(`${ts}:`), body]), 'hex');
	const check = (header: string | undefined, now = 1000) => checkSignature(header, body, 'key', now, 30);

	test.each([
		['one', `ts=1000;h1=${sign('key')}`, 'valid'],
		['the right one first', `ts=1000;h1=${sign('key')};h1=${sign('old')}`, 'valid'],
		['the right one last', `ts=1000;h1=${sign('old')};h1=${sign('key')}`, 'valid'],
		['another key', `ts=1000;h1=${sign('old')}`, 'mismatch'],
		['of another time', `ts=1001;h1=${sign('key')}`, 'mismatch'],
		['no signature', 'ts=1000', 'missing'],
		['no time', `h1=${sign('key')}`, 'missing'],
		['a time that is none', `ts=soon;h1=${sign('key')}`, 'missing'],
		['no header', undefined, 'missing'],
	])('%s', (_name, header, expected) => {
		expect(check(header)).toBe(expected);
	});

	test('the time may be off by the tolerance, either way', () => {
		const header = `ts=1000;h1=${sign('key')}`;
		expect([970, 1030, 1031, 969].map((now) => check(header, now))).toEqual(['valid', 'valid', 'too old', 'from the future']);
	});
});

describe('currencies', () => {
	test.each([['usd', 2], ['JPY', 0], ['KRW', 0], ['VND', 0], ['CLP', 0], ['PEN', 2]])('%s has %i decimals', (code, decimals) => {
		expect(paddleDecimals(code)).toBe(decimals);
	});

	test.each(['KWD', 'CREDITS', ''])('"%s" is refused', (code) => {
		expect(() => paddleDecimals(code)).toThrow('Paddle cannot bill in this currency');
	});
});

test.each(['issueDate', 'dueDate'])("the option %s is offered where it counts, and says that it makes payment terms", (name) => {
	const options = paddleProperties.find((property) => property.name === 'options')?.options as INodeProperties[];
	expect(options.filter((option) => option.name === name)).toEqual([
		expect.objectContaining({ displayOptions: { show: { '/target': ['transaction'] } }, description: expect.stringContaining('payment terms') }),
	]);
});

describe('explainPaddle', () => {
	const call = { method: 'POST', path: '/subscriptions/sub_1/charge' } as const;
	const explain = (status: number, body: unknown) => explainPaddle({ status, headers: {}, body }, call);

	test('names the call, what Paddle said, the fields, the next step and the request', () => {
		const body = { error: { code: 'bad_request', detail: 'Invalid request', errors: [{ field: 'items.0', message: 'too small' }] }, meta: { request_id: 'r-1' } };
		expect(explain(400, body)).toMatchObject({ kind: 'refused', description: 'POST /subscriptions/sub_1/charge: Invalid request. items.0: too small (bad_request) [r-1]' });
		expect(explain(409, { error: { code: 'subscription_locked_renewal', detail: 'Locked' } })).toMatchObject({ kind: 'conflict', description: expect.stringContaining('30 minutes') });
	});

	test.each([
		[401, 'authentication', 'sign-in'],
		[403, 'forbidden', 'permission'],
		[403, 'invalid_token', 'sign-in'],
		[404, 'not_found', 'not-found'],
		[429, 'too_many_requests', 'throttled'],
		[503, 'service_unavailable', 'unavailable'],
		[400, 'transaction_immutable', 'locked'],
	])('%i %s is %s', (status, code, kind) => {
		expect(explain(status, { error: { code, detail: 'x' } }).kind).toBe(kind);
	});

	test('copes with answers of a proxy', () => {
		expect(explain(502, '<html>Bad gateway</html>')).toMatchObject({ kind: 'unavailable', description: 'POST /subscriptions/sub_1/charge: HTTP 502' });
		expect(explain(400, null)).toMatchObject({ kind: 'refused' });
	});
});
