 
import { Router, startServer, type SandboxServer } from '../sandbox/kit/http';
import { startM3terSandbox, type Account, type M3terOptions, type M3terSandbox } from '../sandbox/m3ter';
import { calculate, mentionedFields } from '../sandbox/m3ter/calculation';
import { accountBody, createClient, type Body, type Call } from '../sandbox/m3ter/client';

let sandbox: M3terSandbox;
let call: Call;

async function start(options: M3terOptions = {}): Promise<void> {
	sandbox = await startM3terSandbox({ jobMs: 1, ...options });
	sandbox.seed();
	call = await createClient(sandbox.url);
}

async function newAccount(code: string, more: Body = {}): Promise<Account> {
	const answer = await call<Account>('POST', '/accounts', accountBody(code, more));
	expect(answer.status).toBe(200);
	return answer.body;
}

afterEach(async () => {
	await sandbox.settled();
	await sandbox.close();
});

describe('m3ter sandbox: calculation language', () => {
	const scope = { new: { status: 'APPROVED', amount: 100, amountSpent: 90, locked: true, customFields: { tier: 'gold' } }, old: { status: 'PENDING' } };

	beforeEach(async () => await start());

	it.each<[string, unknown]>([
		['(new.status == "APPROVED") AND ((old.status != "APPROVED") OR (old.status == null))', true],
		['(new.locked == true) AND ((old.locked == false) OR (old.locked == null))', true],
		['new.amountSpent >= ((new.amount*90)/100)', true],
		['1 + 2 * 3 ^ 2 - 10 % 4', 17],
		['2 ^ 3 ^ 2', 512],
		['-(2 + 3) * 2', -10],
		['new.amount > 50 ? "big" : "small"', 'big'],
		['false ? 1 : true ? 2 : 3', 2],
		['isnull(old.amount, 5) + 1', 6],
		['IN(new.status, "PENDING", "APPROVED")', true],
		['IN(old.status, "APPROVED")', false],
		['Math.max(1, 5, 3) + Math.min(4, 2) + Math.floor(1.7) + Math.ceil(1.2) + Math.round(2.5) + Math.pow(2, 3) + Math.abs(-1)', 22],
		['new.customFields.tier == "gold"', true],
		['old.amount < 5', false],
		['"a\\"b" == "a\\"b"', true],
		['true OR false AND false', true],
	])('%s', (text, value) => {
		expect(calculate(text, scope)).toEqual({ value });
	});

	it.each(['', '1 +', '(1', 'status == 1', 'NOT true', 'new.a = 1', 'Math.sqrt(4)', 'isnull(1)', '"open', '1 2', 'a ? 1'])('refuses %j', (text) => {
		expect(mentionedFields(text).error).toBeDefined();
	});

	it('does not mix types', () => {
		for (const text of ['new.status + 1', 'new.status AND true', 'new.status > 1', 'new.customFields == 1']) {
			expect(calculate(text, scope).error).toBeDefined();
		}
	});

	it('checks a calculation against the fields of the event, or an event', async () => {
		const evaluate = async (body: Body) => (await call('POST', '/notifications/evaluate', body)).body;
		const eventName = 'billing.bill.updated';
		expect(await evaluate({ eventName, calculation: 'new.status == "APPROVED"' })).toEqual({ success: true });
		expect(await evaluate({ eventName, calculation: 'new.colour == 1' })).toMatchObject({ success: false });
		expect(await evaluate({ eventName, calculation: 'new.status ==' })).toMatchObject({ success: false, errorMessage: expect.any(String) as string });
		expect((await call('POST', '/notifications/evaluate', { eventName: 'no.such', calculation: 'true' })).status).toBe(400);
		await newAccount('globex');
		const { body } = await call<{ data: Array<{ id: string }> }>('GET', '/events?eventName=configuration.account.created');
		expect(await evaluate({ eventId: body.data[0].id, calculation: 'new.code == "globex"' })).toEqual({ success: true });
		expect(await evaluate({ eventId: body.data[0].id, calculation: 'new.code == "other"' })).toEqual({ success: false });
		expect(sandbox.violations).toEqual([]);
	});
});

describe('m3ter sandbox: events and webhooks', () => {
	let receiver: SandboxServer;
	let refusals = 0;

	beforeEach(async () => {
		refusals = 0;
		const router = new Router().on('POST', '/hook', () => ({ status: refusals-- > 0 ? 500 : 200 }));
		receiver = await startServer({ name: 'receiver', router });
	});
	afterEach(async () => await receiver.close());

	const received = () => receiver.requests.filter(({ status }) => status === 200).map(({ body }) => body as Body);

	async function subscribe(rule: Body): Promise<{ ruleId: string; webhookId: string; configId: string }> {
		const credentials = { type: 'M3TER_SIGNED_REQUEST', apiKey: 'k', secret: 's', empty: false };
		const webhook = await call('POST', '/integrationdestinations/webhooks', { name: 'n8n', description: 'd', url: `${receiver.url}/hook`, active: true, credentials });
		const notification = await call('POST', '/notifications/configurations', { name: 'n8n', description: 'd', code: 'n8n_1', active: true, ...rule });
		const config = await call('POST', '/integrationconfigs', {
			name: 'n8n',
			entityType: 'Notification',
			entityId: notification.body.id,
			destination: 'Webhook',
			destinationId: webhook.body.id,
			configData: {},
		});
		expect([webhook.status, notification.status, config.status]).toEqual([200, 200, 200]);
		return { ruleId: String(notification.body.id), webhookId: String(webhook.body.id), configId: String(config.body.id) };
	}

	const approval = {
		eventName: 'billing.bill.updated',
		calculation: '(new.status == "APPROVED") AND ((old.status != "APPROVED") OR (old.status == null))',
	};
	const created = { eventName: 'configuration.account.created', alwaysFireEvent: true };

	it('delivers the events a rule fires on, and only those', async () => {
		await start();
		await newAccount('globex');
		const { ruleId } = await subscribe(approval);
		const bill = sandbox.createBill({ accountCode: 'globex', lines: [{ amount: 10 }] });
		sandbox.approveBill(bill.id);
		sandbox.changeBill(bill.id, { lines: [{ amount: 12 }] });
		sandbox.approveBill(bill.id);
		await sandbox.settled();
		expect(received()).toMatchObject([
			{ eventName: 'billing.bill.updated', m3terEvent: { eventData: { newDto: { id: bill.id, status: 'APPROVED', version: 2 }, oldDto: { status: 'PENDING' } } } },
			{ m3terEvent: { eventData: { newDto: { version: 4, billTotal: 12 } } } },
		]);
		const events = await call<{ data: Body[] }>('GET', '/events?notificationCode=n8n_1');
		expect(events.body.data.map(({ id }) => id)).toEqual(received().map(({ id }) => id).reverse());
		const runs = await call<{ data: Body[] }>('GET', `/integrationruns/Notification/${ruleId}`);
		expect(runs.body.data.map(({ status }) => status)).toEqual(['COMPLETE', 'COMPLETE']);
		const log = await call<{ Payload: string }>('GET', `/integrationruns/logs/${String(runs.body.data[1].id)}`);
		expect(JSON.parse(Buffer.from(log.body.Payload, 'base64').toString())).toEqual(received()[0]);
		sandbox.advanceClock(28 * 24 * 3600 * 1000 + 1);
		sandbox.state.tokens.forEach((_expiry, key) => sandbox.state.tokens.set(key, Infinity));
		expect((await call<{ data: Body[] }>('GET', '/events')).body.data).toEqual([]);
		expect(sandbox.violations).toEqual([]);
	});

	it.each(['minimal', 'entity'] as const)('can send the body %s, and everything twice', async (body) => {
		await start({ webhook: { body, copies: 2 } });
		await subscribe(created);
		const account = await newAccount('globex');
		await sandbox.settled();
		const expected = body === 'minimal' ? { id: expect.any(String) as string, eventName: 'configuration.account.created' } : account;
		expect(received()).toEqual([expected, expected]);
	});

	it('tries again, then disables the link, until it is enabled', async () => {
		await start({ webhook: { attempts: 2, backoffMs: 1, disableAfter: 2 } });
		const { configId, webhookId } = await subscribe(created);
		refusals = 1;
		await newAccount('a');
		await sandbox.settled();
		expect(received()).toHaveLength(1);

		refusals = Infinity;
		await newAccount('b');
		await sandbox.settled();
		await newAccount('c');
		await sandbox.settled();
		expect((await call('GET', `/integrationconfigs/${configId}`)).body).toMatchObject({ enabled: false, authorized: true });
		const disabled = await call<{ data: Body[] }>('GET', '/events?eventName=integration.disabled.error');
		expect(disabled.body.data).toHaveLength(1);

		refusals = 0;
		await newAccount('d');
		await sandbox.settled();
		expect(received()).toHaveLength(1);
		await call('POST', `/integrationconfigs/${configId}/enable`);
		await newAccount('e');
		await sandbox.settled();
		expect(received()).toHaveLength(2);
		await call('PUT', `/integrationdestinations/webhooks/${webhookId}/active?active=false`);
		await newAccount('f');
		await sandbox.settled();
		expect(received()).toHaveLength(2);
		expect(sandbox.violations).toEqual([]);
	});

	it('refuses what makes no sense', async () => {
		await start();
		const hook = { name: 'n', description: 'd', url: 'https://a.example', credentials: { type: 'M3TER_SIGNED_REQUEST', apiKey: 'k', secret: 's' } };
		for (const body of [
			{ ...hook, description: '' },
			{ ...hook, url: 'https://nowhere.invalid/x' },
			{ ...hook, url: 'ftp://a.example' },
			{ ...hook, url: 'nonsense' },
			{ ...hook, credentials: { type: 'M3TER_SIGNED_REQUEST', apiKey: 'k' } },
		]) {
			expect((await call('POST', '/integrationdestinations/webhooks', body)).status).toBe(400);
		}
		const rule = { name: 'n', description: 'd', code: 'c', ...approval };
		for (const body of [{ ...rule, eventName: 'billing.bill.approved' }, { ...rule, calculation: 'new.nothing == 1' }, { ...rule, code: '' }]) {
			expect((await call('POST', '/notifications/configurations', body)).status).toBe(400);
		}
		const link = { entityType: 'Notification', entityId: 'x', destination: 'Webhook', destinationId: 'y' };
		expect((await call('POST', '/integrationconfigs', link)).status).toBe(404);
		expect((await call('POST', '/integrationconfigs', { ...link, destination: 'Web hook' })).status).toBe(400);
		expect((await call('POST', '/scheduledevents/configurations', { name: 'due', entity: 'Bill', field: 'dueDate', offset: 1 })).status).toBe(400);
	});
});
