import { VENDOR_AUTH_CODE, VENDOR_ID, type PaddleSandbox } from '../sandbox/paddle';
import { closeAll, start } from './sandbox-paddle.helpers';

let sandbox: PaddleSandbox;
let subscription: number;

beforeEach(async () => {
	sandbox = await start();
	subscription = sandbox.seed().classic.acme;
});
afterEach(closeAll);

const CREDENTIALS = { vendor_id: String(VENDOR_ID), vendor_auth_code: VENDOR_AUTH_CODE };

interface Answer {
	success: boolean;
	response?: unknown;
	error?: { code: number; message: string };
}

async function post(
	path: string,
	params: Record<string, string | number | boolean> = {},
	credentials: object = CREDENTIALS,
): Promise<Answer> {
	const body = new URLSearchParams();
	for (const [name, value] of Object.entries({ ...credentials, ...params })) body.set(name, String(value));
	const response = await fetch(`${sandbox.classicUrl}/2.0/subscription${path}`, { method: 'POST', body });
	expect(response.status).toBe(200);
	return (await response.json()) as Answer;
}

const create = async (amount: number | string, more: Record<string, string | boolean> = {}) =>
	await post('/modifiers/create', {
		subscription_id: subscription,
		modifier_amount: amount,
		modifier_recurring: false,
		modifier_description: 'm3ter b-1/l-1',
		...more,
	});
const list = async () => (await post('/modifiers', { subscription_id: subscription })).response as Array<Record<string, unknown>>;

it('creates, lists and deletes modifiers; there is no update', async () => {
	const { success, response } = await create(125.5);
	expect([success, response]).toMatchObject([true, { subscription_id: subscription, modifier_id: expect.any(Number) }]);
	const { modifier_id: id } = response as { modifier_id: number };
	expect(await list()).toEqual([
		{
			modifier_id: id,
			subscription_id: subscription,
			amount: '125.500',
			currency: 'USD',
			is_recurring: false,
			description: 'm3ter b-1/l-1',
		},
	]);
	expect(await post('/modifiers/delete', { modifier_id: id })).toEqual({ success: true });
	expect(await list()).toEqual([]);
	expect((await post('/modifiers/delete', { modifier_id: id })).error?.code).toBe(123);
	expect(sandbox.violations).toEqual([]);
});

it('takes JSON, too', async () => {
	const response = await fetch(`${sandbox.classicUrl}/2.0/subscription/modifiers/create`, {
		method: 'POST',
		body: JSON.stringify({
			...CREDENTIALS,
			vendor_id: VENDOR_ID,
			subscription_id: subscription,
			modifier_amount: -3,
			modifier_recurring: false,
		}),
		headers: { 'content-type': 'application/json' },
	});
	expect(await response.json()).toMatchObject({ success: true });
});

it('puts modifiers into the next payment; one-time ones are gone then, credits roll over', async () => {
	await create(20.25);
	await create(-5);
	await post('/modifiers/create', { subscription_id: subscription, modifier_amount: 1 });
	expect(await post('/users', { subscription_id: subscription })).toMatchObject({
		response: [{ user_email: 'ap@acme.test', state: 'active', next_payment: { amount: 115.25, currency: 'USD' } }],
	});
	expect(sandbox.takeClassicPayment({ id: subscription })).toMatchObject({ amount: 115.25, modifiers: [{}, {}, {}] });
	expect(await list()).toMatchObject([{ amount: '1.000', is_recurring: true }]);

	await create(-150);
	expect(sandbox.takeClassicPayment({ id: subscription }).amount).toBe(0);
	expect(sandbox.takeClassicPayment({ id: subscription }).amount).toBe(50);
});

it('rounds what has more than two decimals when it is paid', async () => {
	await create('0.125');
	expect((await list())[0].amount).toBe('0.125');
	expect(sandbox.takeClassicPayment({ id: subscription }).amount).toBe(99.13);
});

it('pages modifiers', async () => {
	for (let count = 1; count <= 5; count++) await create(count);
	const page = async (after?: number) =>
		(await post('/modifiers', { subscription_id: subscription, results_per_page: 2, ...(after !== undefined && { after }) }))
			.response as Array<{ modifier_id: number; amount: string }>;
	const first = await page();
	const second = await page(first[1].modifier_id);
	expect([...first, ...second].map(({ amount }) => amount)).toEqual(['1.000', '2.000', '3.000', '4.000']);
});

it('charges at once', async () => {
	expect(await post(`/${subscription}/charge`, { amount: 12.5, charge_name: 'API calls' })).toMatchObject({
		success: true,
		response: { subscription_id: subscription, amount: '12.50', status: 'success' },
	});
	expect((await post(`/${subscription}/charge`, { amount: 12.5, charge_name: 'x'.repeat(51) })).error?.code).toBe(116);
});

it('answers failures with HTTP 200', async () => {
	expect((await post('/modifiers', {}, { vendor_id: '1', vendor_auth_code: VENDOR_AUTH_CODE })).error).toMatchObject({
		code: 107,
	});
	expect((await post('/modifiers', {}, { vendor_id: String(VENDOR_ID) })).error?.code).toBe(107);
	expect((await post('/modifiers/create', { modifier_amount: 5 })).error?.code).toBe(116);
	expect((await create('12,50')).error?.code).toBe(116);
	expect((await create(0)).error?.code).toBe(116);
	expect((await create(5, { modifier_note: 'x' })).error?.code).toBe(116);
	expect((await post('/modifiers/create', { subscription_id: 1, modifier_amount: 5 })).error?.code).toBe(119);
});
