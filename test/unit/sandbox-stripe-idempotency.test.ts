import { SEEDED, startStripeSandbox, STRIPE_RATE_LIMITS, type StripeSandbox } from '../sandbox/stripe';
import { raw } from './sandbox-stripe.helpers';

let sandbox: StripeSandbox;

beforeAll(async () => {
	sandbox = await startStripeSandbox({ seeded: true });
});

beforeEach(() => sandbox.reset());

afterEach(() => expect(sandbox.violations).toEqual([]));

afterAll(async () => await sandbox.close());

const { customers } = SEEDED;
const get = async (path: string) => await raw(sandbox, 'GET', path);

describe('idempotency and limits', () => {
	const keyed = async (form: Record<string, string>, key = 'k-1') =>
		await raw(sandbox, 'POST', '/v1/customers', form, { headers: { 'idempotency-key': key } });
	const added = () => sandbox.state.customers.size - Object.keys(customers).length;

	it('gives the first answer again for a day', async () => {
		const first = await keyed({ name: 'A' });
		const second = await keyed({ name: 'A' });
		expect(second.body).toEqual(first.body);
		expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
		expect(added()).toBe(1);
		sandbox.advanceTime({ seconds: 25 * 3600 });
		expect((await keyed({ name: 'A' })).body.id).not.toBe(first.body.id);
	});

	it('refuses the key with other parameters, and keeps nothing of malformed requests', async () => {
		expect((await keyed({ nmae: 'A' })).error.code).toBe('parameter_unknown');
		expect((await keyed({ name: 'A' })).status).toBe(200);
		expect(await keyed({ name: 'B' })).toMatchObject({ status: 400, error: { type: 'idempotency_error' } });
		expect((await keyed({ name: 'A' }, 'k'.repeat(256))).status).toBe(400);
	});

	it('repeats a 500 even though the work was done, but not a lock time-out', async () => {
		sandbox.failNext({ kind: 'api_error', path: '/v1/customers', applied: true });
		expect((await keyed({ name: 'A' })).status).toBe(500);
		expect([(await keyed({ name: 'A' })).status, added()]).toEqual([500, 1]);
		sandbox.failNext({ kind: 'lock_timeout' });
		expect(await keyed({ name: 'A' }, 'k-2')).toMatchObject({ status: 429, error: { code: 'lock_timeout' } });
		expect((await keyed({ name: 'A' }, 'k-2')).status).toBe(200);
	});

	it('answers 409 while the first request is running', async () => {
		sandbox.configure({ processingMs: 150 });
		const answers = await Promise.all([keyed({ name: 'A' }), keyed({ name: 'A' })]);
		sandbox.configure({ processingMs: 0 });
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
		expect(answers.find(({ status }) => status === 409)?.error.code).toBe('idempotency_key_in_use');
		expect(added()).toBe(1);
	});

	it('limits the rate when asked to', async () => {
		sandbox.configure({ rateLimits: { ...STRIPE_RATE_LIMITS, account: 3 } });
		const answers = await Promise.all(Array.from({ length: 5 }, async () => await get('/v1/products')));
		sandbox.configure({ rateLimits: null });
		const limited = answers.filter(({ status }) => status === 429);
		expect(limited).toHaveLength(2);
		expect(limited[0].headers.get('stripe-rate-limited-reason')).toBe('global-rate');
		expect(limited[0].error.code).toBe('rate_limit');
	});
});
