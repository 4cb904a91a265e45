import { PaddleForM3ter } from '../../nodes/Paddle/PaddleForM3ter.node';
import { subscriptionEventSchema } from '../../nodes/shared/subscriptionEvent';
import { startPaddleSandbox, type PaddleSandbox } from '../sandbox/paddle';
import { loadOptions, runNode } from './harness';
import { paddleCredentials } from './paddleBills';

let paddle: PaddleSandbox;
let seed: ReturnType<PaddleSandbox['seed']>;

beforeEach(async () => {
	paddle = await startPaddleSandbox({ seeded: true, processingMs: 0 });
	seed = paddle.seed();
});
afterEach(async () => {
	await paddle.close();
	expect(paddle.violations).toEqual([]);
});

const buy = (customerId = seed.customers.acme.id) => paddle.completeCheckout({ customerId, items: [{ price_id: seed.prices.pro.id }] }).subscription?.id ?? '';
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const getChanged = async (since: string, onError?: 'continueErrorOutput') =>
	await runNode({ node: new PaddleForM3ter(), parameters: { resource: 'subscription', operation: 'getChanged', since }, credentials: paddleCredentials(paddle), onError });

describe('Subscription: Get Changed', () => {
	test('gives the current state of each changed subscription once, oldest change first', async () => {
		const first = buy();
		const second = buy(seed.customers.initech.id);
		paddle.cancelSubscription({ id: first, endOfTerm: false });
		const { json, error } = await getChanged(minutesAgo(5));
		expect(error).toBeUndefined();
		for (const event of json) expect(subscriptionEventSchema.parse(event)).toEqual(event);
		expect(json).toMatchObject([
			{ type: 'subscription.updated', subscription: { id: second, status: 'active' } },
			{ type: 'subscription.ended', subscription: { id: first, status: 'ended' } },
		]);
	});

	test('leaves out what changed before, and reads no further pages than needed', async () => {
		for (let count = 0; count < 30; count++) buy();
		paddle.advanceTime({ seconds: 7200 });
		const id = buy();
		paddle.requests.length = 0;
		const { json } = await getChanged(minutesAgo(-60));
		expect(json).toMatchObject([{ subscription: { id } }]);
		expect(paddle.requests.filter(({ path }) => path === '/events')).toHaveLength(1);
	});

	test('a subscription that cannot be read fails alone, by its name', async () => {
		const [first, bad, last] = [buy(), buy(), buy(seed.customers.initech.id)];
		const gone = { kind: 'status', status: 404, body: { error: { code: 'not_found', detail: 'gone' } }, times: Infinity } as const;
		paddle.addFault({ method: 'GET', path: new RegExp(`/subscriptions/${bad}$`), ...gone });
		const { json, errors } = await getChanged(minutesAgo(5), 'continueErrorOutput');
		expect(json).toMatchObject([{ subscription: { id: first } }, { subscription: { id: last } }]);
		expect(errors).toMatchObject([{ error: 'Paddle does not have this object', message: expect.stringContaining(bad), details: { kind: 'not-found' } }]);
	});

	test('says that a date cannot be read', async () => {
		expect((await getChanged('yesterday')).error).toMatchObject({ message: "'Changed Since' is not a date", description: expect.stringContaining('"yesterday"') });
	});
});

test('the list of products shows the active catalog', async () => {
	const options = await loadOptions({ node: new PaddleForM3ter(), parameters: { resource: 'bill', operation: 'send', target: 'charge' }, credentials: paddleCredentials(paddle), method: 'getProducts' });
	const { platform, usage } = seed.products;
	expect(options).toEqual([
		{ name: '- None: Made for the Line -', value: '' },
		{ name: 'Platform', value: platform.id, description: platform.id },
		{ name: 'Usage', value: usage.id, description: usage.id },
	]);
});
